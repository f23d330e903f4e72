"""What a control plane holds, as a set of facts, read through boto3.

A fact is a tuple whose second member is the API's name; every other member is a name the client chose. An operation
takes some facts away and adds others, all of them or none.
"""


def read(client, prefix):
    """The facts about every API whose name begins with the prefix, and the ids that go with them."""
    facts, ids = set(), {}
    for api in client.get_rest_apis(limit=500)["items"]:
        if api["name"].startswith(prefix):
            facts |= about_api(client, api, ids)
    return frozenset(facts), ids


def about_api(client, api, ids):
    """The facts about one API; notes its ids, its resources' and its deployments'."""
    name, api_id = api["name"], api["id"]
    ids[name] = api_id
    facts = {("api", name), ("description", name, api.get("description"))}
    facts |= {("tag", name, key, value) for key, value in api.get("tags", {}).items()}
    for resource in client.get_resources(restApiId=api_id, embed=["methods"], limit=500)["items"]:
        ids[name, resource["path"]] = resource["id"]
        facts |= about_resource(name, resource)
    described = {}
    for deployment in client.get_deployments(restApiId=api_id, limit=500)["items"]:
        described[deployment["id"]] = deployment["description"]
        ids[name, "deployment", deployment["description"]] = deployment["id"]
        facts.add(("deployment", name, deployment["description"]))
    for stage in client.get_stages(restApiId=api_id)["item"]:
        # A stage of a deployment that is not there is a fact no operation makes.
        deployed = described.get(stage["deploymentId"], "missing")
        facts |= stage_facts(name, stage["stageName"], deployed, stage.get("description"))
    return facts


def about_resource(name, resource):
    """The facts about a resource, its methods and their integrations."""
    path = resource["path"]
    facts = {("resource", name, path)}
    for verb, method in resource.get("resourceMethods", {}).items():
        facts.add(("method", name, path, verb))
        if integration := method.get("methodIntegration"):
            facts.add(("integration", name, path, verb, integration["type"]))
    return facts


def stage_facts(name, stage, deployment, description):
    """The facts about a stage."""
    return {("stage", name, stage, deployment), ("stage description", name, stage, description)}
