"""Settings: flags, environment, the TOML file, and refusals that name file, line and what is allowed."""

import json

import pytest

from harness.apis import definition, eventually, mock
from harness.wire import exchange


@pytest.mark.parametrize("settings, line, words", [
    ("bogus_key = 1\n", 1, ["bogus_key"]),
    ('region = "us-east-1"\n\nregoin = "x"\n', 3, ["regoin", "region"]),
    ('region = 5\n', 1, ["region"]),
    ('gateway = "not an address"\n', 1, ["gateway"]),
    ('region = "us-east-1"\nregion = "us-east-2"\n', 2, ["region"]),
    ("region = \n", 1, []),
    ('account_id = "12"\n', 1, ["account_id"]),
])
def test_a_bad_settings_file_is_refused_with_file_and_line(start, settings, line, words):
    process = start(settings, ready=False)
    process.launch()
    assert process.process.wait(10) not in (0, None)
    shown = process.log()
    assert "data.toml" in shown, shown
    assert f":{line}" in shown or f"line {line}" in shown, shown
    for word in words:
        assert word in shown, shown
    assert "panicked" not in shown


@pytest.mark.parametrize("args", [
    ["--bogus"], ["--gateway=nonsense"], ["--cores=0"], ["--import=/nowhere.yaml", "--stage=dev"],
    ["--config=/nowhere.toml"],
])
def test_bad_flags_are_refused(start, args):
    process = start(args=args, ready=False)
    process.launch()
    assert process.process.wait(15) != 0
    assert "panicked" not in process.log()


def test_region_and_suffix_are_settings(start):
    process = start('region = "eu-north-1"\nsuffix = "gateway.test"\n')
    client = process.client("eu-north-1")
    api_id = client.import_rest_api(body=json.dumps(definition({"GET /a": mock(200)})))["id"]
    client.create_deployment(restApiId=api_id, stageName="dev")
    def served():
        host = f"{api_id}.execute-api.eu-north-1.gateway.test"
        assert exchange(process.gateway, "GET", "/dev/a", host).status == 200

    eventually(served)


def test_regions_can_be_narrowed(start):
    process = start('regions = ["us-east-1"]\n')
    assert process.client("us-east-1").get_rest_apis()["items"] == []
    client = process.client("eu-west-1")
    with pytest.raises(client.exceptions.ClientError) as caught:
        client.get_rest_apis()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403


def test_regions_that_leave_out_the_own_region_are_refused(start):
    process = start('region = "us-east-1"\nregions = ["eu-west-1"]\n', ready=False)
    process.launch()
    assert process.process.wait(10) not in (0, None)
    assert "us-east-1" in process.log() and "allowed: eu-west-1" in process.log()


def test_flags_win_over_the_environment_and_the_environment_over_the_file(start, tmp_path):
    wrong = "127.0.0.1:1"
    process = start(
        f'gateway = "{wrong}"\nstatus = "{wrong}"\naccount_id = "111111111111"\n',
        env={"STAGEGATE_GATEWAY": wrong, "STAGEGATE_ACCOUNT_ID": "222222222222"})
    client = process.client()
    with pytest.raises(client.exceptions.NotFoundException, match="222222222222:"):
        client.get_rest_api(restApiId="aaaaaaaaaa")


@pytest.mark.parametrize("name, near", [
    ("STAGEGATE_GATWAY", "STAGEGATE_GATEWAY"),
    ("STAGEGATE_QUOTAS_REST_PAYLOAD_BYTE", "STAGEGATE_QUOTAS_REST_PAYLOAD_BYTES"),
])
def test_a_variable_that_is_no_setting_is_refused_with_the_nearest_one(start, name, near):
    process = start(env={name: "1"}, ready=False)
    process.launch()
    assert process.process.wait(10) not in (0, None)
    assert name in process.log() and f"did you mean {near}?" in process.log()
