"""Which members of an input name resources, and how an ARN is built from them."""

import re

# Placeholders of published ARN templates whose member in the model has another name.
MEMBERS = {
    "bucketname": ["bucket"], "objectname": ["key"], "objectkey": ["key"],
    "dbinstancename": ["dbinstanceidentifier"], "dbclustername": ["dbclusteridentifier"],
    "dbclusterinstancename": ["dbclusteridentifier"], "snapshotname": ["dbsnapshotidentifier", "snapshotidentifier"],
    "clustersnapshotname": ["dbclustersnapshotidentifier"], "parametergroupname": ["dbparametergroupname"],
    "subnetgroupname": ["dbsubnetgroupname"], "groupname": ["name", "groupname"],
    "loggroupname": ["loggroupname"], "rolenamewithpath": ["rolename"], "usernamewithpath": ["username"],
    "policynamewithpath": ["policyname"], "groupnamewithpath": ["groupname"],
    "instanceprofilenamewithpath": ["instanceprofilename"], "secretid": ["secretid"],
    "queuename": ["queuename"], "topicname": ["name"], "alarmname": ["alarmname", "alarmnames"],
    "filesystemid": ["filesystemid"], "parameternamewithoutleadingslash": ["name"],
    "autoscalinggroupfriendlyname": ["autoscalinggroupname"], "vpcid": ["vpcid"],
    "clustername": ["cluster", "clustername", "name"], "servicename": ["service", "servicename"],
    "securitygroupid": ["groupid", "groupids", "securitygroupids"], "trailname": ["name"],
    "keyid": ["keyid"], "streamname": ["streamname"], "repositoryname": ["repositoryname"], "id": ["id", "hostedzoneid"],
}
TABLE = "arn:$p:dynamodb:$r:$a:table/{}"
# Members that name what is changed deeper inside an input, or under a name of no pattern. `*` is every element or key.
DEEPER = {
    ("s3", "DeleteObjects"): [("Delete.Objects.*.Key", "arn:$p:s3:::{Bucket}/{}")],
    ("dynamodb", "BatchWriteItem"): [("RequestItems.*", TABLE)],
    ("dynamodb", "TransactWriteItems"): [
        (f"TransactItems.*.{kind}.TableName", TABLE) for kind in ("Put", "Update", "Delete", "ConditionCheck")
    ],
    ("route53", "ChangeResourceRecordSets"): ["HostedZoneId", "ChangeBatch.Changes.*.ResourceRecordSet.Name"],
    ("sqs", "*"): ["QueueUrl"],
    ("cloudcontrol", "*"): ["Identifier", "TypeName"],
    ("resourcegroupstaggingapi", "*"): ["ResourceARNList"],
    ("ec2", "CreateTags"): ["Resources"],
    ("ec2", "DeleteTags"): ["Resources"],
    ("ssm", "SendCommand"): ["InstanceIds", "DocumentName", "Targets.*.Values"],
    ("kms", "*"): ["KeyId"],
}
NAMES = re.compile(r"(Arns?|ARNs?|Ids?|Identifiers?|Names?|Uris?|Urls?)$", re.I)
NOT_NAMES = re.compile(
    r"(token|clientid|requestid|accountid|owner|rolearn|kmskey|username$|attributenames?|tagkeys|displayname|"
    r"domainname$|marker|principal|parameternames?|metric|fieldnames?|keynames?|expressionattribute)", re.I)


def plain(text):
    return re.sub(r"[^a-z0-9]", "", text.lower())


def candidates(placeholder):
    """Members' names, in plain letters, that may fill a placeholder."""
    text = plain(placeholder)
    stem = re.sub(r"(name|id|identifier|arn)$", "", text)
    found = MEMBERS.get(text, []) + [text, text + "s"]
    if stem and stem != text:
        found += [stem + end for end in ("name", "id", "identifier", "names", "ids", "identifiers", "arn", "arns", "")]
    return found


class Resources:
    """The naming members of every operation; `templates` are one service's ARN templates."""

    def __init__(self, sentry):
        self.sentry = sentry

    def templates(self, prefix, action):
        """The published templates of what an action works on, those of required resources first."""
        table = self.sentry.get(prefix)
        names = {name.lower(): entry for name, entry in table["privileges"].items()} if table else {}
        kinds = list(names.get(action or "", {}).get("resource_types", {}).values())
        kinds.sort(key=lambda kind: not kind["required"])
        for kind in kinds:
            resource = table["resources"].get(kind["resource_type"].rstrip("*"))
            # A secret's ARN ends in letters that its name does not tell.
            if resource and ":secret:" not in resource["arn"]:
                yield resource["arn"]

    def fill(self, template, members):
        """(member, template with members' names), or nothing if the input cannot fill the template."""
        holes = [hole for hole in re.findall(r"\$\{(\w+)\}", template)
                 if hole not in ("Partition", "Region", "Account")]
        if not holes:
            return None
        found = {}
        for hole in holes:
            member = next((members[name] for name in candidates(hole) if name in members), None)
            if member is None or member in found.values():
                return None
            found[hole] = member
        last = found[holes[-1]]
        text = template.replace("${Partition}", "$p").replace("${Region}", "$r").replace("${Account}", "$a")
        for hole, member in found.items():
            text = text.replace("${" + hole + "}", "{}" if member == last else "{" + member + "}")
        return last, text

    def of(self, service, operation, shape, shapes, prefix, action):
        """A list of (path, template or None)."""
        members = {plain(name): name for name, ref in shape.get("members", {}).items()
                   if self.textual(ref, shapes)}
        found = {}
        for template in self.templates(prefix, action):
            filled = self.fill(template, members)
            if filled and filled[0] not in found:
                found[filled[0]] = filled[1]
        for key in ((service, operation), (service, "*")):
            for path in DEEPER.get(key, []):
                path, template = path if isinstance(path, tuple) else (path, None)
                if path.split(".")[0] in shape.get("members", {}):
                    found.setdefault(path, template)
        required = shape.get("required", [])
        for name in members.values():
            if name in found or not NAMES.search(name) or NOT_NAMES.search(name):
                continue
            stem = plain(NAMES.sub("", name))
            if name in required or not stem or stem in plain(operation) or re.search(r"(arns?|resource)", name, re.I):
                found[name] = None
        return list(found.items())

    def textual(self, ref, shapes):
        shape = shapes[ref["shape"]]
        if shape["type"] == "list":
            shape = shapes[shape["member"]["shape"]]
        return shape["type"] == "string" and "enum" not in shape
