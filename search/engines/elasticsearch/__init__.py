"""The Elasticsearch engine: what the database says, copied into an index that many hosts share.

Guarantee: the database stays the index of record. The copy follows its change log, so whatever
happens to Elasticsearch, nothing is lost, and the copy is complete again soon after it is back,
without anybody's help. Of Elasticsearch it needs bulk, search, aliases and external versions only.
"""

from search.engines.elasticsearch.engine import ElasticsearchEngine

__all__ = ["ElasticsearchEngine"]
