"""Squares for `mpr map --executor json`: a request and a response a line, in the JSON of Bazel's persistent workers."""
import json
import sys

for line in sys.stdin:
    request = json.loads(line)
    number = int(request["arguments"][-1])
    response = {"exitCode": 0, "output": f"{number * number}\n", "requestId": request.get("requestId", 0)}
    print(json.dumps(response), flush=True)
