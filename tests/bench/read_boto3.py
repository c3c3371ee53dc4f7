#!/usr/bin/python3
"""The other peer: what a person's script does, all clusters and instances."""
import os

import boto3
from botocore.config import Config

rds = boto3.client("rds", region_name="eu-west-1",
                   endpoint_url=os.environ["AWS_ENDPOINT_URL"],
                   config=Config(retries={"mode": "standard"}))
counts = []
for operation, key in (("describe_db_clusters", "DBClusters"),
                       ("describe_db_instances", "DBInstances")):
    pages = rds.get_paginator(operation).paginate()
    counts.append(sum(len(page[key]) for page in pages))
print("%d clusters, %d instances" % tuple(counts))
