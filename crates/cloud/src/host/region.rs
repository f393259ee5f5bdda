//! Regions and partitions: a list, because a region's name becomes part of a host name.

use super::Nowhere;

/// A part of AWS with accounts and names of its own.
#[derive(Debug)]
pub(super) struct Partition {
    pub(super) name: &'static str,
    /// What most hosts end in.
    pub(super) suffix: &'static str,
    /// What dual-stack hosts end in, and those of newer services.
    pub(super) dual: &'static str,
    regions: &'static [&'static str],
}

/// From botocore 1.44.5's partitions. Partitions for intelligence services are left out.
const PARTITIONS: [Partition; 4] = [
    Partition {
        name: "aws",
        suffix: "amazonaws.com",
        dual: "api.aws",
        regions: &[
            "af-south-1",
            "ap-east-1",
            "ap-east-2",
            "ap-northeast-1",
            "ap-northeast-2",
            "ap-northeast-3",
            "ap-south-1",
            "ap-south-2",
            "ap-southeast-1",
            "ap-southeast-2",
            "ap-southeast-3",
            "ap-southeast-4",
            "ap-southeast-5",
            "ap-southeast-6",
            "ap-southeast-7",
            "ca-central-1",
            "ca-west-1",
            "eu-central-1",
            "eu-central-2",
            "eu-north-1",
            "eu-south-1",
            "eu-south-2",
            "eu-west-1",
            "eu-west-2",
            "eu-west-3",
            "il-central-1",
            "me-central-1",
            "me-south-1",
            "me-west-1",
            "mx-central-1",
            "sa-east-1",
            "sa-west-1",
            "us-east-1",
            "us-east-2",
            "us-west-1",
            "us-west-2",
        ],
    },
    Partition {
        name: "aws-cn",
        suffix: "amazonaws.com.cn",
        dual: "api.amazonwebservices.com.cn",
        regions: &["cn-north-1", "cn-northwest-1"],
    },
    Partition {
        name: "aws-us-gov",
        suffix: "amazonaws.com",
        dual: "api.aws",
        regions: &["us-gov-east-1", "us-gov-west-1"],
    },
    Partition {
        name: "aws-eusc",
        suffix: "amazonaws.eu",
        dual: "api.amazonwebservices.eu",
        regions: &["eusc-de-east-1"],
    },
];

/// The partition of a region that is on the list.
pub(super) fn of(region: &str) -> Option<&'static Partition> {
    PARTITIONS.iter().find(|partition| partition.regions.contains(&region))
}

/// The name of the partition that a region belongs to: `aws`, `aws-cn`, `aws-us-gov` or `aws-eusc`.
pub fn partition(region: &str) -> Result<&'static str, Nowhere> {
    of(region).map(|partition| partition.name).ok_or_else(|| Nowhere::Region(region.to_owned()))
}
