//! The questions that may be asked, by name. A request can only be built from an entry of this table, so nothing that
//! is not in it can be sent. None changes anything, and none returns data, a secret or a credential.

/// How a service is spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A form with `Action` and this `Version`; the answer is XML.
    Query(&'static str),
    /// `X-Amz-Target: PREFIX.Operation` with a JSON body of this version.
    Json(&'static str, &'static str),
    /// The method and path say what is asked. The answer is XML or JSON.
    Rest,
}

/// A service, and what may be asked of it.
#[derive(Debug)]
pub(crate) struct Service {
    /// The name in this crate's questions, as the command line tool calls it.
    pub(crate) name: &'static str,
    /// The host's first label.
    pub(crate) prefix: &'static str,
    /// The name in the signature's scope.
    pub(crate) signing: &'static str,
    /// How it is spoken to.
    pub(crate) protocol: Protocol,
    operations: &'static [Row],
}

/// An operation: its name, method and path template. Forms and JSON are posted to `/`.
type Row = (&'static str, &'static str, &'static str);

/// One question that may be asked. It cannot be made outside of this file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allowed {
    service: &'static Service,
    row: &'static Row,
}

impl Allowed {
    pub(crate) fn find(service: &str, operation: &str) -> Option<Self> {
        let service = SERVICES.iter().find(|known| known.name == service)?;
        let row = service.operations.iter().find(|(name, ..)| *name == operation)?;
        Some(Self { service, row })
    }

    pub(crate) fn service(&self) -> &'static Service {
        self.service
    }

    pub(crate) fn operation(&self) -> &'static str {
        self.row.0
    }

    pub(crate) fn method(&self) -> &'static str {
        self.row.1
    }

    pub(crate) fn path(&self) -> &'static str {
        self.row.2
    }
}

macro_rules! posted {
    ($($name:literal)*) => { &[$(($name, "POST", "/")),*] };
}

static SERVICES: &[Service] = &[
    Service {
        name: "ec2",
        prefix: "ec2",
        signing: "ec2",
        protocol: Protocol::Query("2016-11-15"),
        operations: posted![
            "DescribeAddresses" "DescribeImages" "DescribeInstanceAttribute" "DescribeInstances"
            "DescribeInternetGateways" "DescribeNatGateways"
            "DescribeNetworkInterfaces" "DescribeRouteTables" "DescribeSecurityGroups" "DescribeSnapshots"
            "DescribeSubnets" "DescribeVolumes" "DescribeVpcEndpoints" "DescribeVpcPeeringConnections"
            "DescribeVpcs"
        ],
    },
    Service {
        name: "rds",
        prefix: "rds",
        signing: "rds",
        protocol: Protocol::Query("2014-10-31"),
        operations: posted![
            "DescribeDBClusterSnapshots" "DescribeDBClusters" "DescribeDBInstanceAutomatedBackups"
            "DescribeDBInstances" "DescribeDBSnapshots"
        ],
    },
    Service {
        name: "iam",
        prefix: "iam",
        signing: "iam",
        protocol: Protocol::Query("2010-05-08"),
        operations: posted![
            "GetPolicy" "GetRole" "GetUser" "ListAccessKeys" "ListAttachedRolePolicies"
            "ListAttachedUserPolicies" "ListEntitiesForPolicy" "ListGroupsForUser"
            "ListInstanceProfilesForRole" "ListRolePolicies" "ListUserPolicies"
        ],
    },
    Service {
        name: "elbv2",
        prefix: "elasticloadbalancing",
        signing: "elasticloadbalancing",
        protocol: Protocol::Query("2015-12-01"),
        operations: posted![
            "DescribeListeners" "DescribeLoadBalancerAttributes" "DescribeLoadBalancers" "DescribeTags"
            "DescribeTargetGroups" "DescribeTargetHealth"
        ],
    },
    Service {
        name: "autoscaling",
        prefix: "autoscaling",
        signing: "autoscaling",
        protocol: Protocol::Query("2011-01-01"),
        operations: posted!["DescribeAutoScalingGroups" "DescribeAutoScalingInstances"],
    },
    Service {
        name: "cloudformation",
        prefix: "cloudformation",
        signing: "cloudformation",
        protocol: Protocol::Query("2010-05-15"),
        operations: posted!["DescribeStacks" "ListImports" "ListStackResources"],
    },
    Service {
        name: "cloudwatch",
        prefix: "monitoring",
        signing: "monitoring",
        protocol: Protocol::Query("2010-08-01"),
        operations: posted!["GetMetricStatistics"],
    },
    Service {
        name: "elasticache",
        prefix: "elasticache",
        signing: "elasticache",
        protocol: Protocol::Query("2015-02-02"),
        operations: posted!["DescribeCacheClusters" "DescribeReplicationGroups" "DescribeSnapshots"],
    },
    Service {
        name: "redshift",
        prefix: "redshift",
        signing: "redshift",
        protocol: Protocol::Query("2012-12-01"),
        operations: posted!["DescribeClusterSnapshots" "DescribeClusters"],
    },
    Service {
        name: "dynamodb",
        prefix: "dynamodb",
        signing: "dynamodb",
        protocol: Protocol::Json("DynamoDB_20120810", "1.0"),
        operations: posted![
            "DescribeContinuousBackups" "DescribeTable" "ListBackups" "ListTagsOfResource"
        ],
    },
    Service {
        name: "kms",
        prefix: "kms",
        signing: "kms",
        protocol: Protocol::Json("TrentService", "1.1"),
        operations: posted!["DescribeKey" "ListAliases" "ListGrants" "ListResourceTags"],
    },
    Service {
        name: "ecs",
        prefix: "ecs",
        signing: "ecs",
        protocol: Protocol::Json("AmazonEC2ContainerServiceV20141113", "1.1"),
        operations: posted![
            "DescribeClusters" "DescribeServices" "ListContainerInstances" "ListServices" "ListTasks"
        ],
    },
    Service {
        name: "ssm",
        prefix: "ssm",
        signing: "ssm",
        protocol: Protocol::Json("AmazonSSM", "1.1"),
        operations: posted!["DescribeInstanceInformation" "DescribeParameters" "GetCalendarState"],
    },
    Service {
        name: "cloudtrail",
        prefix: "cloudtrail",
        signing: "cloudtrail",
        protocol: Protocol::Json("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "1.1"),
        operations: posted!["LookupEvents"],
    },
    Service {
        name: "tagging",
        prefix: "tagging",
        signing: "tagging",
        protocol: Protocol::Json("ResourceGroupsTaggingAPI_20170126", "1.1"),
        operations: posted!["GetResources"],
    },
    Service {
        name: "resource-groups",
        prefix: "resource-groups",
        signing: "resource-groups",
        protocol: Protocol::Rest,
        operations: &[("ListGroupResources", "POST", "/list-group-resources")],
    },
    Service {
        name: "s3",
        prefix: "s3",
        signing: "s3",
        protocol: Protocol::Rest,
        operations: &[
            ("GetBucketNotificationConfiguration", "GET", "/{Bucket}?notification"),
            ("GetBucketPolicyStatus", "GET", "/{Bucket}?policyStatus"),
            ("GetBucketReplication", "GET", "/{Bucket}?replication"),
            ("GetBucketTagging", "GET", "/{Bucket}?tagging"),
            ("GetBucketVersioning", "GET", "/{Bucket}?versioning"),
            ("GetObjectLockConfiguration", "GET", "/{Bucket}?object-lock"),
            ("HeadBucket", "HEAD", "/{Bucket}"),
            ("ListObjectVersions", "GET", "/{Bucket}?versions"),
            ("ListObjectsV2", "GET", "/{Bucket}?list-type=2"),
        ],
    },
    Service {
        name: "route53",
        prefix: "route53",
        signing: "route53",
        protocol: Protocol::Rest,
        operations: &[
            ("GetHostedZone", "GET", "/2013-04-01/hostedzone/{Id}"),
            ("ListResourceRecordSets", "GET", "/2013-04-01/hostedzone/{Id}/rrset"),
            ("ListTagsForResource", "GET", "/2013-04-01/tags/{ResourceType}/{ResourceId}"),
        ],
    },
    Service {
        name: "lambda",
        prefix: "lambda",
        signing: "lambda",
        protocol: Protocol::Rest,
        operations: &[
            ("GetFunctionConcurrency", "GET", "/2019-09-30/functions/{FunctionName}/concurrency"),
            ("GetFunctionConfiguration", "GET", "/2015-03-31/functions/{FunctionName}/configuration"),
            ("GetPolicy", "GET", "/2015-03-31/functions/{FunctionName}/policy"),
            ("ListAliases", "GET", "/2015-03-31/functions/{FunctionName}/aliases"),
            ("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings"),
            ("ListTags", "GET", "/2017-03-31/tags/{Resource}"),
        ],
    },
    Service {
        name: "efs",
        prefix: "elasticfilesystem",
        signing: "elasticfilesystem",
        protocol: Protocol::Rest,
        operations: &[
            ("DescribeFileSystems", "GET", "/2015-02-01/file-systems"),
            ("DescribeMountTargets", "GET", "/2015-02-01/mount-targets"),
        ],
    },
    Service {
        name: "eks",
        prefix: "eks",
        signing: "eks",
        protocol: Protocol::Rest,
        operations: &[
            ("DescribeCluster", "GET", "/clusters/{name}"),
            ("ListFargateProfiles", "GET", "/clusters/{name}/fargate-profiles"),
            ("ListNodegroups", "GET", "/clusters/{name}/node-groups"),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Operations that read by name and give away what nobody should have asked for.
    const NEVER: &[&str] = &[
        "GetObject",
        "GetSecretValue",
        "GetParameter",
        "GetParameters",
        "GetItem",
        "GetPasswordData",
        "GetSessionToken",
        "GetFederationToken",
        "GetAuthorizationToken",
        "GetFunction",
        "GetRecords",
        "GetAccessToken",
        "DescribeStacksAndDelete",
        "GetConsoleOutput",
        "ListParts",
    ];

    #[test]
    fn only_reads_are_listed() {
        for service in SERVICES {
            for (name, method, path) in service.operations {
                let reads = ["Describe", "List", "Get", "Head", "Lookup"].iter().any(|p| name.starts_with(p));
                assert!(reads, "{}:{name}", service.name);
                assert!(!NEVER.contains(name), "{}:{name}", service.name);
                match service.protocol {
                    Protocol::Rest if *name == "ListGroupResources" => assert_eq!(*method, "POST"),
                    Protocol::Rest => assert!(matches!(*method, "GET" | "HEAD"), "{name}"),
                    _ => assert_eq!((*method, *path), ("POST", "/"), "{name}"),
                }
            }
        }
    }

    /// What IAM calls an operation, where it is not what the API calls it.
    const RENAMED: &[(&str, &str, &str)] = &[
        ("s3", "GetBucketNotificationConfiguration", "GetBucketNotification"),
        ("s3", "GetBucketReplication", "GetReplicationConfiguration"),
        ("s3", "GetObjectLockConfiguration", "GetBucketObjectLockConfiguration"),
        ("s3", "HeadBucket", "ListBucket"),
        ("s3", "ListObjectVersions", "ListBucketVersions"),
        ("s3", "ListObjectsV2", "ListBucket"),
    ];

    #[test]
    fn the_policy_for_look_ups_permits_exactly_what_is_asked() {
        let action = |service: &Service, operation: &str| {
            let prefix = match service.name {
                "elbv2" => "elasticloadbalancing",
                "tagging" => "tag",
                "efs" => "elasticfilesystem",
                name => name,
            };
            let renamed = RENAMED.iter().find(|(of, from, _)| *of == service.name && *from == operation);
            format!("{prefix}:{}", renamed.map_or(operation, |(.., to)| to))
        };
        let asked: std::collections::BTreeSet<String> = SERVICES
            .iter()
            .flat_map(|service| service.operations.iter().map(|(name, ..)| action(service, name)))
            .collect();
        let policy = include_str!("../../../../deploy/aws/look-ups-policy.json");
        let policy: serde_json::Value = serde_json::from_str(policy).unwrap();
        let permitted: Vec<String> =
            serde_json::from_value(policy["Statement"][0]["Action"].clone()).unwrap();
        assert_eq!(
            permitted,
            asked.into_iter().collect::<Vec<_>>(),
            "deploy/aws/look-ups-policy.json, sorted"
        );
    }

    #[test]
    fn what_is_not_listed_is_not_found() {
        for (service, operation) in [
            ("ec2", "TerminateInstances"),
            ("ec2", "describeinstances"),
            ("ec2", "DescribeInstances "),
            ("s3", "DeleteBucket"),
            ("s3", "GetObject"),
            ("iam", "DescribeInstances"),
            ("", ""),
        ] {
            assert!(Allowed::find(service, operation).is_none(), "{service}:{operation}");
        }
        assert!(Allowed::find("ec2", "DescribeInstances").is_some());
    }
}
