"""VpcLink, ClientCertificate, SdkType and the flushes of a stage's caches."""

import datetime
import ssl
import subprocess

from harness.faults import fails, patch, status_of

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/pets/1"


def test_a_vpc_link_from_create_to_delete(client):
    made = client.create_vpc_link(name="pets", targetArns=[BALANCER], tags={"k": "v"})
    assert (status_of(made), made["status"]) == (202, "PENDING")
    link = made["id"]
    assert client.get_vpc_link(vpcLinkId=link)["status"] == "AVAILABLE"
    changed = client.update_vpc_link(vpcLinkId=link, patchOperations=[patch("replace", "/name", "cats")])
    assert changed["name"] == "cats"
    assert link in [one["id"] for one in client.get_vpc_links()["items"]]
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{link}"
    assert client.get_tags(resourceArn=arn)["tags"] == {"k": "v"}
    assert status_of(client.delete_vpc_link(vpcLinkId=link)) == 202
    with fails("NotFoundException", "Invalid Vpc Link identifier specified", 404):
        client.get_vpc_link(vpcLinkId=link)
    with fails("BadRequestException", status=400):
        client.create_vpc_link(name="pets", targetArns=[])


def test_a_certificate_from_generate_to_delete(client, deployed):
    made = client.generate_client_certificate(description="d")
    assert status_of(made) == 201
    name = {"clientCertificateId": made["clientCertificateId"]}
    assert ssl.PEM_cert_to_DER_cert(made["pemEncodedCertificate"])[:1] == b"\x30"
    assert made["expirationDate"] - made["createdDate"] == datetime.timedelta(days=365)
    changed = client.update_client_certificate(**name, patchOperations=[patch("replace", "/description", "e")])
    assert changed["description"] == client.get_client_certificate(**name)["description"] == "e"
    assert name["clientCertificateId"] in [
        one["clientCertificateId"] for one in client.get_client_certificates()["items"]]
    stage = {"restApiId": deployed[0], "stageName": "dev"}
    place = patch("replace", "/clientCertificateId", name["clientCertificateId"])
    assert client.update_stage(**stage, patchOperations=[place])["clientCertificateId"] == name["clientCertificateId"]
    with fails("BadRequestException", status=400):
        client.delete_client_certificate(**name)
    client.delete_stage(**stage)
    assert status_of(client.delete_client_certificate(**name)) == 202
    with fails("NotFoundException", "Invalid Client Certificate identifier specified", 404):
        client.get_client_certificate(**name)


def test_the_certificate_is_of_its_own_making(client, tmp_path):
    made = client.generate_client_certificate()
    path = tmp_path / "certificate.pem"
    path.write_text(made["pemEncodedCertificate"])
    shown = subprocess.run(
        ["openssl", "verify", "-purpose", "sslclient", "-CAfile", path, path], capture_output=True, text=True, check=False)
    assert (shown.returncode, shown.stdout) == (0, f"{path}: OK\n"), shown.stderr
    client.delete_client_certificate(clientCertificateId=made["clientCertificateId"])


def test_sdk_types(client):
    kinds = {one["id"]: one for one in client.get_sdk_types()["items"]}
    assert sorted(kinds) == ["android", "java", "javascript", "objectivec", "ruby", "swift"]
    assert client.get_sdk_type(id="swift")["configurationProperties"] == kinds["swift"]["configurationProperties"]
    with fails("NotFoundException", status=404):
        client.get_sdk_type(id="cobol")


def test_flushes(client, deployed):
    stage = {"restApiId": deployed[0], "stageName": "dev"}
    assert status_of(client.flush_stage_cache(**stage)) == 202
    assert status_of(client.flush_stage_authorizers_cache(**stage)) == 202
    with fails("NotFoundException", "Invalid stage identifier specified", 404):
        client.flush_stage_cache(restApiId=deployed[0], stageName="nope")
