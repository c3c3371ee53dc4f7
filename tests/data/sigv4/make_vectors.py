#!/usr/bin/env python3
"""Make the SigV4 vectors beside this file with botocore's own signer.

Each is one JSON file with the request, and every intermediate value as
botocore computes it. Run it again (it needs python3-botocore) and review the
diff: it must be empty unless a case was added.

aws-example-iam-list-users is the worked example of AWS's documentation; its
signature is also written out in tests/unit/test_sigv4.c, as published.
"""
import hashlib
import json
import os

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

FORM = "application/x-www-form-urlencoded; charset=utf-8"
KEY = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"

CASES = [
    dict(name="aws-example-iam-list-users", method="GET", service="iam",
         url="https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08"),
    dict(name="rds-modify-post", service="rds", region="eu-west-1",
         url="https://rds.eu-west-1.amazonaws.com/",
         body="Action=ModifyDBCluster&Version=2014-10-31"
              "&ApplyImmediately=true&DBClusterIdentifier=orders"
              "&DeletionProtection=true"),
    dict(name="session-token", service="rds", region="eu-west-1",
         token="FwoGZXIvYXdzEXAMPLE//////////wEaDK+tok/en==",
         url="https://rds.eu-west-1.amazonaws.com/",
         body="Action=DescribeDBClusters&Version=2014-10-31"),
    dict(name="local-port", service="sts", region="us-east-1",
         url="http://127.0.0.1:4566/",
         body="Action=GetCallerIdentity&Version=2011-06-15"),
    dict(name="path-prefix", service="rds", region="us-gov-west-1",
         url="https://proxy.example.com/aws//rds/../rds/./a%20b/",
         body="Action=DescribeDBInstances&Version=2014-10-31"),
    dict(name="path-without-slash-at-end", service="rds", method="GET",
         url="https://example.com/~user/.hidden/file"),
    dict(name="path-above-root", service="rds", method="GET",
         url="https://example.com/../../a/.."),
    dict(name="query-unsorted", service="service", method="GET",
         url="https://example.com/?b=2&a=2&a=1&ab=0&a-b=3&B=1&c%20d=%2F&e="),
    dict(name="header-spaces", service="service", method="GET",
         url="https://example.com/",
         headers=[["My-Header", "  a   b \t c  "], ["Accept-Empty", ""],
                  ["X-Amz-Target", "A.B"]]),
    dict(name="header-twice", service="service", method="GET",
         url="https://example.com/",
         headers=[["My-Header", "z"], ["my-header", "a"],
                  ["MY-HEADER", " m "]]),
    dict(name="body-utf-8", service="iam",
         url="https://iam.amazonaws.com/",
         body="Action=TagRole&Tags.member.1.Value=%C3%BC%20%2B%2A"),
    dict(name="body-empty", service="iam", url="https://iam.amazonaws.com/"),
    dict(name="key-with-slashes", service="rds", secret="a/b+c=d//" * 20,
         url="https://rds.us-east-1.amazonaws.com/", body="Action=X"),
]


def vector(case):
    body = case.get("body", "")
    request = AWSRequest(method=case.get("method", "POST"), url=case["url"],
                         data=body.encode())
    request.headers["Content-Type"] = FORM
    for name, value in case.get("headers", []):
        request.headers.add_header(name, value)
    credentials = Credentials("AKIDEXAMPLE", case.get("secret", KEY),
                              case.get("token"))
    signer = SigV4Auth(credentials, case["service"],
                       case.get("region", "us-east-1"))
    request.context["timestamp"] = "20150830T123600Z"
    signer._modify_request_before_signing(request)
    canonical = signer.canonical_request(request)
    to_sign = signer.string_to_sign(request, canonical)
    signature = signer.signature(to_sign, request)
    headers = [[n, v] for n, v in request.headers.items()]
    signed = signer.headers_to_sign(request)
    if "host" not in (n.lower() for n, _ in headers):
        headers.append(["Host", signed["host"]])
    signer._inject_signature_to_request(request, signature)
    path, _, query = case["url"].split("/", 3)[3].partition("?")
    return {
        "method": request.method, "path": "/" + path, "query": query,
        "headers": headers, "body": body, "amz_date": "20150830T123600Z",
        "region": case.get("region", "us-east-1"), "service": case["service"],
        "access_key": "AKIDEXAMPLE", "secret_key": case.get("secret", KEY),
        "payload_hash": hashlib.sha256(body.encode()).hexdigest(),
        "canonical_request": canonical, "string_to_sign": to_sign,
        "signature": signature,
        "authorization": request.headers["Authorization"],
    }


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    for case in CASES:
        path = os.path.join(here, case["name"] + ".json")
        with open(path, "w", encoding="utf-8") as out:
            json.dump(vector(case), out, indent=2, sort_keys=True)
            out.write("\n")


if __name__ == "__main__":
    main()
