# The cluster profile: one image for the web server, the worker and the relay.
FROM python:3.12-slim AS packages
WORKDIR /app
RUN python -m venv /opt/venv
COPY requirements/cluster.txt requirements/cluster.txt
RUN /opt/venv/bin/pip install --no-cache-dir --requirement requirements/cluster.txt

FROM python:3.12-slim
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=kiplatform.settings.production \
    KIP_VAR_DIR=/var/lib/kiplatform
RUN useradd --system --uid 10001 --home-dir /var/lib/kiplatform --create-home kiplatform
COPY --from=packages /opt/venv /opt/venv
WORKDIR /app
COPY manage.py ./
COPY tools tools
COPY kiplatform kiplatform
COPY customer_knowledge customer_knowledge
COPY manager_knowledge manager_knowledge
COPY qa_center qa_center
COPY portal portal
COPY search search
RUN python tools/compile_messages.py
USER kiplatform
VOLUME /var/lib/kiplatform
EXPOSE 8000
CMD ["uvicorn", "kiplatform.asgi:application", "--host", "0.0.0.0", "--port", "8000", \
     "--proxy-headers", "--forwarded-allow-ips", "*", "--timeout-graceful-shutdown", "20"]
