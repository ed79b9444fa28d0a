# snn-workbench in a container. JupyterLab, with a token that it prints:
#
#   docker build -t snn-workbench .
#   docker run --rm -p 127.0.0.1:8888:8888 snn-workbench
#
# A dashboard for a network whose viewers all may use it:
#
#   docker run --rm -p 8866:8866 snn-workbench \
#       snn-workbench dashboard demo_draw --host 0.0.0.0 --public --no-browser
FROM python:3.11-slim

# Not root: who breaks out of a notebook finds an account without rights.
RUN useradd --create-home --uid 1000 jovyan
ENV PATH="/home/jovyan/venv/bin:$PATH" \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1
USER 1000
WORKDIR /home/jovyan/source
RUN python -m venv /home/jovyan/venv

COPY --chown=1000 . .
RUN python -m pip install --constraint constraints/python3.11.txt . && rm -rf /home/jovyan/source/*

WORKDIR /home/jovyan/work
EXPOSE 8888 8866
CMD ["snn-workbench", "lab", "--no-browser", "--host", "0.0.0.0", "--port", "8888"]
