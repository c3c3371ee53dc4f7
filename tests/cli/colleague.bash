# Somebody else who works in the account, with keys of their own, so that
# CloudTrail says who it was.

python=/usr/bin/python3

# For a fleet file: our own keys, and those of the colleague.
account_keys() {
  cat <<END
[{"access_key_id": "$AWS_ACCESS_KEY_ID",
  "secret_access_key": "$AWS_SECRET_ACCESS_KEY",
  "arn": "arn:aws:iam::$account:user/dba"},
 {"access_key_id": "AKIACOLLEAGUE0000001",
  "secret_access_key": "colleague-secret",
  "arn": "arn:aws:iam::$account:user/colleague"}]
END
}

# colleague SERVICE METHOD JSON: a call by boto3; prints its request id. Fails
# where AWS refuses it.
colleague() {
  AWS_ACCESS_KEY_ID=AKIACOLLEAGUE0000001 \
    AWS_SECRET_ACCESS_KEY=colleague-secret \
    AWS_DEFAULT_REGION=$region "$python" - "$endpoint" "$@" <<'END'
import json, sys, boto3
endpoint, service, method, parameters = sys.argv[1:]
client = boto3.client(service, endpoint_url=endpoint)
refused = False
try:
    answer = getattr(client, method)(**json.loads(parameters))
except client.exceptions.ClientError as error:
    answer, refused = error.response, True
print(answer["ResponseMetadata"]["RequestId"])
sys.exit(refused)
END
}
