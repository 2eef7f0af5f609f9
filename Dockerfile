# dnnt with the MILP solvers and the foreign ones that Debian has:
#     docker build -t dnnt . && docker run --rm -v "$PWD:/data" dnnt solve instance.json
FROM python:3.12-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends cadical coinor-cbc glpk-utils minisat \
    && rm -rf /var/lib/apt/lists/*
COPY . /source
RUN pip install --no-cache-dir '/source[milp]' && rm -rf /source
WORKDIR /data
ENTRYPOINT ["dnnt"]
