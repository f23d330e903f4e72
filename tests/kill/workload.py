"""A client that changes its own APIs for ever and knows after every answer what must be there."""

import json
import random

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError

from harness.apis import definition, mock
from kill import facts as reading

APIS_LIMIT = 3
PATHS_LIMIT = 8


class Interrupted(Exception):
    """The process went away during a call: it may or may not have happened."""


class Client:
    """One writer with APIs of its own. `held` is acknowledged; `hoped` is held after the call that runs."""

    def __init__(self, boto, number, seed):
        self.boto = boto
        self.prefix = f"writer{number}-"
        self.random = random.Random(f"{seed}/{number}")
        self.held = frozenset()
        self.hoped = frozenset()
        self.ids = {}
        # The routes that each deployment froze and that answer 200, by the deployment's description.
        self.frozen = {}
        self.acknowledged = 0
        self.counter = 0

    def run(self):
        """Calls until the process goes away."""
        try:
            while True:
                self.step()
        except Interrupted:
            pass

    def recover(self):
        """After the restart: what is there must be what was acknowledged, with or without the last call, whole."""
        found, self.ids = reading.read(self.boto, self.prefix)
        lost, surplus = self.held - found, found - self.held
        explained = found in (self.held, self.hoped)
        assert explained, f"lost {sorted(map(str, lost))}, surplus {sorted(map(str, surplus))}, hoped for {self.hoped}"
        self.held = self.hoped = found

    def change(self, call, added=(), removed=(), **arguments):
        """One call that takes facts away and adds others."""
        self.hoped = (self.held - frozenset(removed)) | frozenset(added)
        try:
            answer = call(**arguments)
        except (NoConnection, HTTPClientError) as error:
            raise Interrupted from error
        self.held = self.hoped
        self.acknowledged += 1
        return answer

    def fresh(self, what):
        """A name never used before."""
        self.counter += 1
        return f"{what}{self.counter}-{self.random.randrange(10**6)}"

    def about(self, *start):
        """The facts that begin so."""
        return [fact for fact in self.held if fact[: len(start)] == start]

    def step(self):
        """One random call."""
        apis = [fact[1] for fact in self.about("api")]
        if len(apis) < APIS_LIMIT:
            return self.random.choice((self.create, self.import_api))()
        api = self.random.choice(sorted(apis))
        actions = [self.describe, self.retag, self.deploy, self.deploy, self.describe_stage]
        actions += [self.overwrite] * 2 if "imported" in api else [self.add_resource, self.add_method, self.prune]
        actions += [self.delete] if self.random.random() < 0.1 else []
        return self.random.choice(actions)(api)

    def create(self):
        """CreateRestApi: the API, its id and its root resource are one."""
        name, text = self.fresh(f"{self.prefix}created"), self.fresh("text")
        added = {("api", name), ("description", name, text), ("tag", name, "kind", "created"), ("resource", name, "/")}
        tags = {"kind": "created"}
        answer = self.change(self.boto.create_rest_api, added, name=name, description=text, tags=tags)
        self.ids[name] = answer["id"]
        self.ids[name, "/"] = answer["rootResourceId"]

    def document(self, name):
        """A definition of random routes, and the facts of an API that follows it."""
        text = self.fresh("text")
        paths = [f"/{self.fresh('p')}/{{id}}" for _ in range(self.random.randrange(1, 6))]
        document = definition({f"GET {path}": mock() for path in paths}, title=name)
        document["info"]["description"] = text
        facts = {("api", name), ("description", name, text), ("resource", name, "/")}
        for path in paths:
            facts |= {("resource", name, path), ("resource", name, path.removesuffix("/{id}"))}
            facts |= {("method", name, path, "GET"), ("integration", name, path, "GET", "MOCK")}
        return json.dumps(document), facts

    def import_api(self):
        """ImportRestApi: all its routes at once."""
        name = self.fresh(f"{self.prefix}imported")
        body, added = self.document(name)
        self.ids[name] = self.change(self.boto.import_rest_api, added, body=body)["id"]

    def overwrite(self, name):
        """PutRestApi: the old routes go and the new ones come at once."""
        body, added = self.document(name)
        replaced = ("description", "resource", "method", "integration")
        removed = {fact for kind in replaced for fact in self.about(kind, name)}
        self.change(self.boto.put_rest_api, added, removed, restApiId=self.ids[name], mode="overwrite", body=body)

    def describe(self, name):
        """UpdateRestApi."""
        text = self.fresh("text")
        patch = [{"op": "replace", "path": "/description", "value": text}]
        old = self.about("description", name)
        added = {("description", name, text)}
        self.change(self.boto.update_rest_api, added, old, restApiId=self.ids[name], patchOperations=patch)

    def retag(self, name):
        """TagResource: two tags at once, or UntagResource: all of ours at once."""
        arn = f"arn:aws:apigateway:us-east-1::/restapis/{self.ids[name]}"
        if old := [fact for fact in self.about("tag", name) if fact[2] != "kind"]:
            keys = [fact[2] for fact in old]
            return self.change(self.boto.untag_resource, (), old, resourceArn=arn, tagKeys=keys)
        tags = {self.fresh("key"): "one", self.fresh("key"): "two"}
        added = {("tag", name, key, value) for key, value in tags.items()}
        return self.change(self.boto.tag_resource, added, resourceArn=arn, tags=tags)

    def add_resource(self, name):
        """CreateResource below the root."""
        if len(self.about("resource", name)) > PATHS_LIMIT:
            return
        part = self.fresh("r")
        added = {("resource", name, f"/{part}")}
        root = self.ids[name, "/"]
        answer = self.change(self.boto.create_resource, added, restApiId=self.ids[name], parentId=root, pathPart=part)
        self.ids[name, f"/{part}"] = answer["id"]

    def add_method(self, name):
        """PutMethod and PutIntegration, each of them one."""
        bare = [fact[2] for fact in self.about("resource", name) if not self.about("method", name, fact[2])]
        half = [fact[2] for fact in self.about("method", name) if not self.about("integration", name, fact[2])]
        for path in half or bare[:1]:
            target = {"restApiId": self.ids[name], "resourceId": self.ids[name, path], "httpMethod": "GET"}
            if not half:
                added = {("method", name, path, "GET")}
                self.change(self.boto.put_method, added, authorizationType="NONE", **target)
            added = {("integration", name, path, "GET", "MOCK")}
            self.change(self.boto.put_integration, added, type="MOCK", **target)

    def prune(self, name):
        """DeleteResource: its method and integration go with it."""
        paths = sorted(fact[2] for fact in self.about("resource", name) if fact[2] != "/")
        if len(paths) < PATHS_LIMIT:
            return
        path = self.random.choice(paths)
        removed = {fact for kind in ("resource", "method", "integration") for fact in self.about(kind, name, path)}
        resource = self.ids[name, path]
        self.change(self.boto.delete_resource, (), removed, restApiId=self.ids[name], resourceId=resource)

    def deploy(self, name):
        """CreateDeployment to a stage: the frozen definition, the deployment and the stage are one."""
        if not self.about("integration", name) or len(self.about("integration", name)) < len(self.about("method", name)):
            return
        stage, text = self.random.choice(("dev", "live")), self.fresh("deployment")
        old = self.about("stage", name, stage)
        added = {("deployment", name, text), ("stage", name, stage, text)}
        if not old:
            added.add(("stage description", name, stage, None))
        self.frozen[text] = [fact[2] for fact in self.about("integration", name) if "imported" in name]
        where = {"restApiId": self.ids[name], "stageName": stage}
        answer = self.change(self.boto.create_deployment, added, old, description=text, **where)
        self.ids[name, "deployment", text] = answer["id"]
        for fact in old:
            self.forget_deployment(name, fact[3])

    def forget_deployment(self, name, text):
        """DeleteDeployment of one that no stage uses."""
        if all(fact[3] != text for fact in self.about("stage", name)):
            deployment = self.ids[name, "deployment", text]
            removed = {("deployment", name, text)}
            self.change(
                self.boto.delete_deployment, (), removed, restApiId=self.ids[name], deploymentId=deployment
            )

    def describe_stage(self, name):
        """UpdateStage."""
        for _, _, stage, old in self.about("stage description", name)[:1]:
            text = self.fresh("text")
            patch = [{"op": "replace", "path": "/description", "value": text}]
            added, removed = {("stage description", name, stage, text)}, {("stage description", name, stage, old)}
            where = {"restApiId": self.ids[name], "stageName": stage}
            self.change(self.boto.update_stage, added, removed, patchOperations=patch, **where)

    def delete(self, name):
        """DeleteRestApi: everything below it goes with it."""
        removed = {fact for fact in self.held if fact[1] == name}
        self.change(self.boto.delete_rest_api, (), removed, restApiId=self.ids[name])
