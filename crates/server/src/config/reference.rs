//! The reference of all settings as Markdown, written from the same rows as everything else.

use std::fmt::Write as _;

use stagegate_model::limits;

use super::{Audience, Shape, all};

/// The page.
pub(crate) fn markdown() -> String {
    let mut page = INTRODUCTION.to_owned();
    for row in all() {
        let shape = match row.shape {
            Shape::Text => "string",
            Shape::Integer => "integer",
            Shape::Boolean => "boolean",
            Shape::List => "array of strings",
        };
        let default = if row.default.is_empty() { "none".to_owned() } else { format!("`{}`", row.default) };
        let clients = if row.audience == Audience::Everyone { " Also read by `import` and `apis`." } else { "" };
        writeln!(
            page,
            "| `{}` | `--{}` | `{}` | {shape} | {default} | {}{clients} Allowed: {}. |",
            row.key,
            row.flag(),
            row.variable(),
            row.help,
            row.allowed
        )
        .expect("a String takes everything");
    }
    page.push_str(QUOTAS);
    for limit in limits::all() {
        let enforced = if limit.enforced_by_default { "yes" } else { "when set" };
        writeln!(page, "| `{}` | {} | {enforced} | {} |", limit.name, limit.default, limit.source)
            .expect("a String takes everything");
    }
    page.push_str(LAMBDA);
    page.push_str(AWS);
    page.push_str(COGNITO);
    page.push_str(CACHE_SIZES);
    page.push_str(STICKY_CANARIES);
    page.push_str(VPC_LINKS);
    page.push_str(VPC_ENDPOINTS);
    page.push_str(TLS);
    page.push_str(LOG_GROUPS);
    page.push_str(USERS);
    page.push_str(ACCOUNTS);
    page
}

const INTRODUCTION: &str = "\
# Settings

Written by `stagegate settings`; change the rows in `crates/server/src/config/rows/`, not this page.

A flag wins over an environment variable, which wins over the TOML file (`--config FILE` or `STAGEGATE_CONFIG`), which
wins over the default. Lists are separated by commas in flags and variables. A key that does not exist or a value that
is not allowed is refused at the start, with file and line; so is a variable that starts with `STAGEGATE_` and is no
setting's. Those that Kubernetes sets for a service are left alone.

`STAGEGATE_ROOT_ACCESS_KEY_ID` and `STAGEGATE_ROOT_SECRET_ACCESS_KEY`, both or neither, set the root credential; without
them one is made at the first start. Either way it is in `DIR/credentials`.

`STAGEGATE_SECRET_KEY`, the Base64 of 32 bytes, is what secrets at rest are sealed with; without it a key is made at the first start
and kept in `DIR/secret.key`. Former keys may follow, each behind a comma (in the file: on a line of its own).

| Key | Flag | Variable | TOML | Default | What it is |
|---|---|---|---|---|---|
";

const QUOTAS: &str = "
## Quotas

Keys of the table `[quotas]`; as variables `STAGEGATE_QUOTAS_` and the name in capitals. The defaults are AWS's.

| Name | Default | Enforced | Source |
|---|---|---|---|
";

const USERS: &str = r#"
## Users

Tables `[users.NAME]`, in the file only: users of the control plane besides root. A user has an `access_key_id` and a
`secret_access_key`, and may do what its policies allow: `policy` is a policy document in JSON, the path of a file with one (from the
folder of this file), or an array of both. Without one the user may do nothing. `account` is the account that the user is in, one
of [those below](#accounts); without it `account_id`.

```toml
[users.ann]
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
policy = """
{"Version": "2012-10-17", "Statement": [{
  "Effect": "Allow",
  "Action": ["apigateway:GET", "apigateway:PATCH"],
  "Resource": "arn:aws:apigateway:us-east-1::/restapis*",
  "Condition": {"StringEquals": {"aws:ResourceTag/team": "pets"}}
}]}
"""
```

Actions, ARNs and condition keys are those of AWS's service authorization reference for API Gateway Management. The file
holds secrets then: keep it to its owner (`chmod 600`).
"#;

const ACCOUNTS: &str = r#"
## Accounts

Tables `[accounts.ID]`, in the file only: accounts beside `account_id`, each with the access key of its root user. An account has
APIs, functions and identities of its own ([IAM](iam.md)).

```toml
[accounts.111111111111]
access_key_id = "AKIAI44QH8DHBEXAMPLE"
secret_access_key = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY"
```
"#;

const LAMBDA: &str = r#"
## Lambda

Each `[functions.NAME]` is a Lambda function that this process runs from a folder; a changed file is live with the next
invocation. Its ARN is `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, in every region. It runs as a process of this user, with
limits but without a sandbox: host only code that you would run yourself.

```toml
[functions.pets]
code = "./pets"                            # from the folder of this file
handler = "app.handler"
runtime = "python3.12"                     # or nodejs22.x, provided.al2023 (an executable `bootstrap`)
timeout_ms = 3000                          # optional, as are the next three
memory_mb = 128
reserved_concurrency = 10
environment = { TABLE = "pets" }
```

Functions are also made by Lambda's own API on the control port, signed for `lambda`: CreateFunction with a zip archive,
versions, aliases, permissions, tags, Invoke and the rest, from boto3 or the CLI with `--endpoint-url`. Any role's ARN is
accepted. Such a function belongs to its region, and API Gateway needs the leave of its resource policy (AddPermission) unless
`check_function_policies` is off. The calls show and invoke the functions of this file, and do not change them.

A function URL (CreateFunctionUrlConfig) is served on the gateway's port, `http://{id}.lambda-url.{region}.{suffix}:{port}/`. As
on AWS, one with AuthType NONE needs two statements in the function's resource policy before anybody may call it:

```sh
aws lambda add-permission --function-name pets --statement-id url --principal '*' \
    --action lambda:InvokeFunctionUrl --function-url-auth-type NONE
aws lambda add-permission --function-name pets --statement-id invoke --principal '*' \
    --action lambda:InvokeFunction --invoked-via-function-url
```

What functions print goes to this process's log, and with the platform's lines to the [log group](logs.md)
`/aws/lambda/{name}`. A runtime whose interpreter is not installed is warned of at the start,
and its functions fail until it is.

Each `[[lambda.endpoints]]` says that some functions live in another Lambda API: AWS's own, or any server that speaks
Lambda's Invoke. The first endpoint whose `functions`, an ARN with `*` and `?` as wildcards, has the function is asked.

```toml
[[lambda.endpoints]]
functions = "arn:aws:lambda:*:123456789012:function:*"
url = "https://lambda.{region}.amazonaws.com"
role = "arn:aws:iam::123456789012:role/pets"   # optional: a role of [aws.roles] that signs

[[lambda.endpoints]]                       # AWS's runtime interface emulator: one function, one URL
functions = "arn:aws:lambda:*:*:function:pets"
url = "http://127.0.0.1:9000/2015-03-31/functions/function/invocations"
```

Calls are signed with the credentials of the integration's role or else of the endpoint's, if `[aws.roles]` has it. Without
such a role they are AWS's standard chain: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`, the profile
`AWS_PROFILE` in `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`), a container's or an instance's. Where there are none,
calls are not signed.
"#;

const AWS: &str = r#"
## AWS's services

Integrations of type AWS call AWS's own services, unless they are put elsewhere: `aws_endpoint_url` for all of them, Lambda
excepted, and `[aws.endpoints]` for single ones, named as integration ARNs name them. A path in a URL stands before the
operation's; a bucket in the ARN (`pets.s3`) becomes the first segment of the path.

```toml
[aws.endpoints]
sqs = "http://127.0.0.1:9324"
"data.iot" = "https://iot.example.com"
```

`[aws.roles]` says whose credentials stand for the role that an integration names in `credentials`. The key is the ARN of a role,
`*` and `?` are wildcards; a key that names the role wins over patterns, and of these the first.

```toml
[aws.roles."arn:aws:iam::123456789012:role/pets"]     # keys
access_key_id = "AKIAIOSFODNN7EXAMPLE"
secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
session_token = "…"                                   # optional

[aws.roles."arn:aws:iam::*:role/dev-*"]               # a profile of AWS's shared files
profile = "dev"

[aws.roles."*"]                                       # AssumeRole; renewed five minutes before the end
assume = true
sts_endpoint = "https://sts.eu-west-1.amazonaws.com"  # optional, as are the next four
region = "eu-west-1"
external_id = "pets"
session_name = "stagegate"
duration_s = 3600
```

Any other role, and an integration without one, is signed for by AWS's standard chain: `AWS_ACCESS_KEY_ID`,
`AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; the profile `AWS_PROFILE` in `AWS_SHARED_CREDENTIALS_FILE` and
`AWS_CONFIG_FILE`; `AWS_CONTAINER_CREDENTIALS_FULL_URI` or `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`; and instance metadata,
but only at an `AWS_EC2_METADATA_SERVICE_ENDPOINT` that is set. The same chain signs AssumeRole. Where it has nothing and the service was put
elsewhere, the root credential signs; at AWS itself the answer is then a 500, and the log says why.
"#;

const COGNITO: &str = r#"
## User pools

Tokens of a user pool are Amazon Cognito's, unless a `[[cognito.user_pools]]` says that somebody else issues them: any OpenID
provider will do ([tokens](tokens.md)). The first whose `arn` fits counts.

```toml
[[cognito.user_pools]]
arn = "arn:aws:cognito-idp:*:*:userpool/dev_*"     # `*` is any text, `?` any character
issuer = "http://localhost:9000/{pool}"            # {region}, {account} and {pool} are filled in; http only on this machine
```
"#;

const VPC_LINKS: &str = r#"
## VPC links

Each `[vpc_links.NAME]` says where the private side of a VPC link is. The name is an integration's `integrationTarget`, the
link's id, its name, or the ARN of its target; the first of these that has a table counts. An integration whose link has none
answers 500.

```toml
[vpc_links.pets]
targets = ["10.0.0.1:8080", "10.0.0.2:8080"]
check = "http"               # optional: "tcp", or "http" with a path that answers 200 to 399
check_path = "/health"
check_interval_ms = 10000
check_timeout_ms = 2000
```

Of two targets picked at random, the one with fewer requests gets the next. A target that fails two checks in a row, or three
requests in a row, is left alone: until two checks succeed, or for ten seconds. Where no target is well, all are tried.
"#;

const CACHE_SIZES: &str = r#"
## Cache sizes

How many bytes the response cache of a stage may take, for each of AWS's cluster sizes: by default as many GiB as AWS has GB.
Memory is taken as answers come; all caches together take `cache_bytes_max` at most ([the response cache](caching.md)).

```toml
[cache_sizes]
"0.5" = 67108864
"1.6" = 268435456
```
"#;

const STICKY_CANARIES: &str = r#"
## Sticky canaries

A canary's requests are picked at random, as on AWS. `[sticky_canaries]` keeps each client on one side instead: for all APIs
(`*`), one API, or one stage, of which the most specific counts. Every node picks the same side, and a greater `percentTraffic`
takes no client out of the canary. Requests without the header or the cookie are picked at random
([stages and canaries](stages.md)).

```toml
[sticky_canaries]
"*" = "source_address"                 # the client's address; of IPv6, its /64 network
a1b2c3d4e5 = "header:X-User-Id"
"a1b2c3d4e5/prod" = "cookie:session"
"a1b2c3d4e5/test" = "none"             # at random
```
"#;

const VPC_ENDPOINTS: &str = r#"
## VPC endpoints

Private APIs are reached through VPC endpoints only. Each `[vpc_endpoints.ID]` says from which networks requests come through
one; where several do, the closest network counts. Policies see the endpoint as `aws:SourceVpce`, its VPC as `aws:SourceVpc` and
the client as `aws:VpcSourceIp`. A Host that names an endpoint helps nobody who is not in its networks.

```toml
[vpc_endpoints.vpce-0a1b2c]
vpc = "vpc-0a1b2c"
sources = ["10.0.0.0/8"]
policy = '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}}'  # optional
```
"#;

const TLS: &str = r#"
## Certificates and truststores

[TLS](tls.md) explains them. Each `[[certificates]]` says what the ARN of a certificate stands for, its name, or both; each
`[[truststores]]` does so for the URI of a truststore, in a version or in every one that has no entry of its own. Files are PEM,
from the folder of this file, and read again when they change.

```toml
[[certificates]]
arn = "arn:aws:acm:us-east-1:123456789012:certificate/4a1b"
name = "pets"
certificate = "pets.crt"     # with the chain above it
key = "pets.key"

[[truststores]]
uri = "s3://pets/truststore.pem"
version = "2"                # optional
file = "clients.pem"
```
"#;

const LOG_GROUPS: &str = r#"
## Log groups

Keys of the table `[log_groups]`: the name of a log group, and the file that its lines are appended to, or `-` for standard
output. The execution log of a stage is the group `API-Gateway-Execution-Logs_{api}/{stage}`; the key
`API-Gateway-Execution-Logs` stands for all of them. The log of a function is the group `/aws/lambda/{name}`, and the key
`/aws/lambda` stands for every function's.

Each `[[log_destinations]]` sends more: the first whose `logs` has the ARN, or the name of its group, counts, after
`[log_groups]`. `*` and `?` are wildcards. What neither names goes where `log_default` says; delivery streams go to a file in
`logs_dir` then. [docs/logs.md](logs.md) tells of the places.

```toml
[[log_destinations]]
logs = "arn:aws:logs:*:*:log-group:api-*"
to = "file"                  # store, file, stdout, cloudwatch, firehose or otlp
path = "logs/api.log"        # optional: without it each group has a file in `logs_dir`

[[log_destinations]]
logs = "arn:aws:firehose:*:*:deliverystream/amazon-apigateway-*"
to = "firehose"
url = "https://firehose.{region}.amazonaws.com"   # optional: AWS, or what [aws.endpoints] has for `firehose`
role = "arn:aws:iam::123456789012:role/logs"      # optional: a role of [aws.roles] that signs
```
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_in_docs_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/settings.md");
        let page = std::fs::read_to_string(path).expect("docs/settings.md");
        assert!(page == markdown(), "docs/settings.md is not up to date: `stagegate settings > docs/settings.md`");
    }
}
