import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;

/**
 * One Elasticsearch node from the published jars, for tests: HTTP and transport on loopback only.
 *
 * <p>Arguments: home folder, data folder, node name, HTTP port, transport port, then the transport
 * ports of all nodes of the cluster separated by commas (its own alone: a single node).
 */
public final class TestNode {
    public static void main(String[] arguments) throws Exception {
        Path home = Path.of(arguments[0]);
        String name = arguments[2];
        String[] ports = arguments[5].split(",");
        Settings.Builder settings =
                Settings.builder()
                        .put("path.home", home.toString())
                        .put("path.data", arguments[1])
                        .put("cluster.name", "kiplatform-tests")
                        .put("node.name", name)
                        .put("http.host", "127.0.0.1")
                        .put("http.port", arguments[3])
                        .put("transport.host", "127.0.0.1")
                        .put("transport.port", arguments[4])
                        .put("action.auto_create_index", "false")
                        .put("cluster.routing.allocation.disk.threshold_enabled", "false");
        if (ports.length == 1) {
            settings.put("discovery.type", "single-node");
        } else {
            String[] seeds = new String[ports.length];
            String[] masters = new String[ports.length];
            for (int i = 0; i < ports.length; i++) {
                seeds[i] = "127.0.0.1:" + ports[i];
                masters[i] = "node-" + i;
            }
            settings.putList("discovery.seed_hosts", seeds);
            settings.putList("cluster.initial_master_nodes", masters);
        }
        LogConfigurator.configureESLogging();
        LogConfigurator.setNodeName(name);
        Path config = Files.createDirectories(home.resolve("config"));
        Environment environment = new Environment(settings.build(), config);
        PluginsLoader plugins =
                PluginsLoader.createPluginsLoader(
                        PluginsLoader.loadModulesBundles(home.resolve("modules")),
                        Set.of(),
                        Map.of(),
                        false);
        Node node = new Node(environment, plugins);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(
                                () -> {
                                    try {
                                        node.close();
                                    } catch (Exception error) {
                                        error.printStackTrace();
                                    } finally {
                                        stopped.countDown();
                                    }
                                }));
        node.start();
        System.out.println("started " + name);
        stopped.await();
    }
}
