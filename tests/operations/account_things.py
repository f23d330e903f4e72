"""The things of an account that the rows of the operation table talk about: keys, plans, links, certificates, domains."""

BALANCER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/n/1"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


class AccountThings:
    """What an account holds, made on demand; `World` has the client and the things of APIs."""

    def key(self):
        """An API key."""
        made = self.client.create_api_key(name="key", stageKeys=[{"restApiId": self.get("api"), "stageName": self.get("stage")}])
        self.made["key_value"] = made["value"]
        return made["id"]

    def key_value(self):
        """What the key says."""
        self.get("key")
        return self.made["key_value"]

    def free_key(self):
        """A key in no plan."""
        return self.client.create_api_key(name="free")["id"]

    def plan(self):
        """A usage plan with a quota and no stage."""
        return self.client.create_usage_plan(
            name="plan", quota={"limit": 10, "period": "MONTH"}, throttle={"rateLimit": 1.0, "burstLimit": 1})["id"]

    def unlimited_plan(self):
        """A usage plan without a quota."""
        return self.client.create_usage_plan(name="unlimited")["id"]

    def staged_plan(self):
        """A usage plan of the stage."""
        stage = {"apiId": self.get("api"), "stage": self.get("stage"), "throttle": {"/pets/GET": {"rateLimit": 1.0}}}
        return self.client.create_usage_plan(name="staged", apiStages=[stage])["id"]

    def next_plan(self):
        """A usage plan that is new whenever it is named."""
        return self.client.create_usage_plan(name="next")["id"]

    def planned_twice(self):
        """The key in the plan and in one that has the stage already."""
        self.client.create_usage_plan_key(
            usagePlanId=self.get("staged_plan"), keyId=self.get("planned"), keyType="API_KEY")
        return self.get("staged_plan")

    def planned(self):
        """The key, now in the plan."""
        self.client.create_usage_plan_key(usagePlanId=self.get("plan"), keyId=self.get("key"), keyType="API_KEY")
        return self.get("key")

    def also_planned(self):
        """The free key, now in the plan, too."""
        self.client.create_usage_plan_key(usagePlanId=self.get("plan"), keyId=self.get("free_key"), keyType="API_KEY")
        return self.get("free_key")

    def link(self):
        """A VPC link."""
        return self.client.create_vpc_link(name="link", targetArns=[BALANCER])["id"]

    def used_link(self):
        """A VPC link that an integration uses."""
        link = self.client.create_vpc_link(name="used", targetArns=[BALANCER])["id"]
        self.get("integration")
        at = {**self.here(), "httpMethod": "PUT"}
        self.client.put_method(**at, authorizationType="NONE")
        self.client.put_integration(
            **at, type="HTTP_PROXY", integrationHttpMethod="GET", uri="http://a.example", connectionType="VPC_LINK",
            connectionId=link)
        return link

    def certificate(self):
        """A client certificate."""
        return self.client.generate_client_certificate()["clientCertificateId"]

    def used_certificate(self):
        """A client certificate that the stage uses."""
        made = self.client.generate_client_certificate()["clientCertificateId"]
        self.client.update_stage(restApiId=self.get("api"), stageName=self.get("stage"), patchOperations=[
            {"op": "replace", "path": "/clientCertificateId", "value": made}])
        return made

    def domain(self):
        """A regional domain name."""
        name = f"w{self.number}.example.com"
        self.client.create_domain_name(
            domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]},
            mutualTlsAuthentication={"truststoreUri": "s3://bucket/key.pem", "truststoreVersion": "1"})
        return name

    def strict_domain(self):
        """A regional domain name with one of the newer security policies, which have no mutual TLS."""
        name = f"s{self.number}.example.com"
        self.client.create_domain_name(
            domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]},
            securityPolicy="SecurityPolicy_TLS13_1_3_2025_09")
        return name

    def moving_domain(self):
        """A domain name on its way from regional to edge, with the certificates of both."""
        name = f"m{self.number}.example.com"
        self.client.create_domain_name(
            domainName=name, regionalCertificateArn=CERTIFICATE, regionalCertificateName="r", certificateArn=CERTIFICATE,
            certificateName="e", endpointConfiguration={"types": ["REGIONAL"]})
        self.client.update_domain_name(domainName=name, patchOperations=[
            {"op": "add", "path": "/endpointConfiguration/types", "value": "EDGE"}])
        return name

    def private_domain(self):
        """A private domain name; its id and ARN are things of their own."""
        made = self.client.create_domain_name(
            domainName=f"p{self.number}.example.com", certificateArn=CERTIFICATE, endpointConfiguration={"types": ["PRIVATE"]})
        self.made["domain_id"], self.made["domain_arn"] = made["domainNameId"], made["domainNameArn"]
        return made["domainName"]

    def domain_id(self):
        """The private domain name's id."""
        self.get("private_domain")
        return self.made["domain_id"]

    def domain_arn(self):
        """The private domain name's ARN."""
        self.get("private_domain")
        return self.made["domain_arn"]

    def association(self):
        """An access association of the private domain name: its ARN."""
        return self.client.create_domain_name_access_association(
            domainNameArn=self.get("domain_arn"), accessAssociationSourceType="VPCE", accessAssociationSource="vpce-1",
        )["domainNameAccessAssociationArn"]

    def second_association(self):
        """One more access association."""
        return self.client.create_domain_name_access_association(
            domainNameArn=self.get("domain_arn"), accessAssociationSourceType="VPCE", accessAssociationSource="vpce-2",
        )["domainNameAccessAssociationArn"]

    def mapping(self):
        """A base path of the domain name."""
        self.client.create_base_path_mapping(
            domainName=self.get("domain"), basePath="pets", restApiId=self.get("api"), stage=self.get("stage"))
        return "pets"

    def whole_mapping(self):
        """A base path of the domain name that leads to every stage."""
        self.client.create_base_path_mapping(domainName=self.get("domain"), basePath="whole", restApiId=self.get("api"))
        return "whole"

    def second_mapping(self):
        """One more base path of the domain name."""
        self.client.create_base_path_mapping(
            domainName=self.get("domain"), basePath="second", restApiId=self.get("api"), stage=self.get("stage"))
        return "second"
