"""A small account in moto, for the look-ups: serves until its standard input ends, and says first what it holds."""

import io
import json
import logging
import sys
import zipfile

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
_, port = server.get_host_and_port()
url = f"http://127.0.0.1:{port}"
REGION = "eu-central-1"


def client(service):
    return boto3.client(
        service, endpoint_url=url, region_name=REGION, aws_access_key_id="test", aws_secret_access_key="test"
    )


def tags(name, env="prod"):
    return [{"Key": "Name", "Value": name}, {"Key": "Environment", "Value": env}]


ec2, rds, s3, iam = client("ec2"), client("rds"), client("s3"), client("iam")
world = {"url": url}

# A network with a machine in it.
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
ec2.create_tags(Resources=[vpc], Tags=tags("main"))
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", AvailabilityZone=REGION + "a")["Subnet"]["SubnetId"]
other = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.2.0/24", AvailabilityZone=REGION + "b")["Subnet"]["SubnetId"]
internet = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
ec2.attach_internet_gateway(InternetGatewayId=internet, VpcId=vpc)
table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=internet)
ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
address = ec2.allocate_address(Domain="vpc")
nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address["AllocationId"])["NatGateway"]["NatGatewayId"]
private = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
ec2.create_route(RouteTableId=private, DestinationCidrBlock="0.0.0.0/0", NatGatewayId=nat)
ec2.associate_route_table(RouteTableId=private, SubnetId=other)
group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
friend = ec2.create_security_group(GroupName="db", Description="db", VpcId=vpc)["GroupId"]
ec2.authorize_security_group_ingress(
    GroupId=friend,
    IpPermissions=[{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": group}]}],
)
role = iam.create_role(
    RoleName="app",
    AssumeRolePolicyDocument=json.dumps(
        {"Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
    ),
)["Role"]["Arn"]
profile = iam.create_instance_profile(InstanceProfileName="app")["InstanceProfile"]["Arn"]
iam.add_role_to_instance_profile(InstanceProfileName="app", RoleName="app")
image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
machine = ec2.run_instances(
    ImageId=image,
    MinCount=1,
    MaxCount=1,
    InstanceType="t3.micro",
    SubnetId=subnet,
    SecurityGroupIds=[group],
    IamInstanceProfile={"Arn": profile},
    TagSpecifications=[{"ResourceType": "instance", "Tags": tags("web-1") + [{"Key": "Role", "Value": "web"}]}],
)["Instances"][0]["InstanceId"]
ec2.modify_instance_attribute(InstanceId=machine, DisableApiTermination={"Value": True})
public = ec2.allocate_address(Domain="vpc")
ec2.associate_address(InstanceId=machine, AllocationId=public["AllocationId"])
root = ec2.describe_volumes(Filters=[{"Name": "attachment.instance-id", "Values": [machine]}])["Volumes"][0]["VolumeId"]
saved = ec2.create_snapshot(VolumeId=root, Description="nightly")["SnapshotId"]
made = ec2.create_image(InstanceId=machine, Name="golden")["ImageId"]
from_image = ec2.run_instances(ImageId=made, MinCount=1, MaxCount=1, SubnetId=subnet)["Instances"][0]["InstanceId"]
world |= dict(
    vpc=vpc, subnet=subnet, other=other, internet=internet, table=table, private=private, nat=nat, group=group,
    friend=friend, machine=machine, root=root, saved=saved, image=made, from_image=from_image, address=public["PublicIp"],
)

# Databases.
rds.create_db_instance(
    DBInstanceIdentifier="orders", DBInstanceClass="db.t3.small", Engine="postgres", AllocatedStorage=20,
    MasterUsername="m", MasterUserPassword="hunter22hunter22", DeletionProtection=True, BackupRetentionPeriod=7,
    Tags=tags("orders"),
)
rds.create_db_snapshot(DBInstanceIdentifier="orders", DBSnapshotIdentifier="before-upgrade")
rds.create_db_instance_read_replica(DBInstanceIdentifier="orders-read", SourceDBInstanceIdentifier="orders")
rds.create_db_cluster(
    DBClusterIdentifier="ledger", Engine="aurora-postgresql", MasterUsername="m", MasterUserPassword="hunter22hunter22",
    DeletionProtection=True, BackupRetentionPeriod=3,
)
rds.create_db_instance(
    DBInstanceIdentifier="ledger-1", DBInstanceClass="db.r5.large", Engine="aurora-postgresql", DBClusterIdentifier="ledger"
)
rds.create_db_cluster_snapshot(DBClusterIdentifier="ledger", DBClusterSnapshotIdentifier="ledger-safe")

# Buckets.
for name in ("kept", "plain", "empty"):
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
s3.put_bucket_tagging(Bucket="kept", Tagging={"TagSet": tags("kept")})
for n in range(7):
    s3.put_object(Bucket="kept", Key=f"logs/ü {n}", Body=b"x" * 10)
s3.put_object(Bucket="plain", Key="a", Body=b"y")
queue = client("sqs").create_queue(QueueName="events")["QueueUrl"]
s3.put_bucket_notification_configuration(
    Bucket="kept",
    NotificationConfiguration={
        "QueueConfigurations": [
            {"QueueArn": f"arn:aws:sqs:{REGION}:123456789012:events", "Events": ["s3:ObjectCreated:*"]}
        ]
    },
)

# A table with a stream that a function reads.
dynamodb = client("dynamodb")
described = dynamodb.create_table(
    TableName="users", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}], BillingMode="PAY_PER_REQUEST",
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}, Tags=tags("users"),
    DeletionProtectionEnabled=True,
)["TableDescription"]
dynamodb.update_continuous_backups(
    TableName="users", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
)
dynamodb.create_backup(TableName="users", BackupName="monthly")
for n in range(3):
    dynamodb.put_item(TableName="users", Item={"id": {"S": str(n)}})
code = io.BytesIO()
with zipfile.ZipFile(code, "w") as archive:
    archive.writestr("f.py", "def h(e, c): return 1")
functions = client("lambda")
functions.create_function(
    FunctionName="reader", Runtime="python3.12", Role=role, Handler="f.h", Code={"ZipFile": code.getvalue()},
    Environment={"Variables": {"PASSWORD": "hush-hush"}}, Tags={"Environment": "prod"},
)
functions.publish_version(FunctionName="reader")
functions.create_alias(FunctionName="reader", Name="live", FunctionVersion="1")
functions.create_event_source_mapping(
    FunctionName="reader", EventSourceArn=described["LatestStreamArn"], StartingPosition="LATEST"
)
functions.add_permission(
    FunctionName="reader", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com"
)

# A stack that exports, and one that imports.
stacks = client("cloudformation")
queue_type = {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "from-stack"}}}
stacks.create_stack(
    StackName="base",
    TemplateBody=json.dumps(
        {"Resources": queue_type, "Outputs": {"N": {"Value": "from-stack", "Export": {"Name": "base-queue"}}}}
    ),
    Tags=tags("base"), EnableTerminationProtection=True,
)
stacks.create_stack(
    StackName="user",
    TemplateBody=json.dumps(
        {"Resources": {"T": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "base-queue"}}}}}
    ),
)

# Names.
dns = client("route53")
zone = dns.create_hosted_zone(Name="example.com", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]


def record(name, kind, value, **more):
    records = {"TTL": 60, "ResourceRecords": [{"Value": value}]}
    change = {"Action": "CREATE", "ResourceRecordSet": {"Name": name, "Type": kind, **records, **more}}
    dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": [change]})


record("www.example.com", "A", "10.0.0.1", SetIdentifier="one", Weight=1)
record("www.example.com", "A", "10.0.0.2", SetIdentifier="two", Weight=1)
record("api.example.com", "CNAME", "www.example.com")
world["zone"] = zone

# Who may do what, and keys.
policy = iam.create_policy(
    PolicyName="reads",
    PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:List*", "Resource": "*"}]}),
)["Policy"]["Arn"]
iam.attach_role_policy(RoleName="app", PolicyArn=policy)
iam.create_user(UserName="deploy")
iam.attach_user_policy(UserName="deploy", PolicyArn=policy)
iam.create_access_key(UserName="deploy")
kms = client("kms")
key = kms.create_key(Description="payments", Tags=[{"TagKey": "Environment", "TagValue": "prod"}])["KeyMetadata"]["KeyId"]
kms.create_alias(AliasName="alias/payments", TargetKeyId=key)
kms.create_grant(KeyId=key, GranteePrincipal=role, Operations=["Decrypt"])
world |= dict(policy=policy, key=key, role=role)

# Traffic and capacity.
balancers = client("elbv2")
balancer = balancers.create_load_balancer(Name="front", Subnets=[subnet, other], Tags=tags("front"))["LoadBalancers"][0]
targets = balancers.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0]["TargetGroupArn"]
balancers.create_listener(
    LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80,
    DefaultActions=[{"Type": "forward", "TargetGroupArn": targets}],
)
balancers.register_targets(TargetGroupArn=targets, Targets=[{"Id": machine, "Port": 80}])
balancers.modify_load_balancer_attributes(
    LoadBalancerArn=balancer["LoadBalancerArn"], Attributes=[{"Key": "deletion_protection.enabled", "Value": "true"}]
)
scaling = client("autoscaling")
scaling.create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro")
scaling.create_auto_scaling_group(
    AutoScalingGroupName="fleet", LaunchConfigurationName="lc", MinSize=2, MaxSize=9, DesiredCapacity=4,
    VPCZoneIdentifier=subnet, TargetGroupARNs=[targets],
    Tags=[{"Key": "Environment", "Value": "prod", "PropagateAtLaunch": True, "ResourceId": "fleet", "ResourceType": "auto-scaling-group"}],
)
ecs = client("ecs")
ecs.create_cluster(clusterName="prod", tags=[{"key": "Environment", "value": "prod"}])
ecs.register_task_definition(family="t", containerDefinitions=[{"name": "c", "image": "i", "memory": 64, "cpu": 64}])
ecs.create_service(cluster="prod", serviceName="shop", taskDefinition="t", desiredCount=5)
efs = client("efs")
files = efs.create_file_system(CreationToken="1", Tags=tags("files"))["FileSystemId"]
efs.create_mount_target(FileSystemId=files, SubnetId=subnet)
client("redshift").create_cluster(
    ClusterIdentifier="dwh", NodeType="ra3.xlplus", MasterUsername="m", MasterUserPassword="Hunter22hunter22", NumberOfNodes=2
)
client("redshift").create_cluster_snapshot(SnapshotIdentifier="dwh-safe", ClusterIdentifier="dwh")
client("elasticache").create_cache_cluster(CacheClusterId="hot", Engine="redis", NumCacheNodes=1, CacheNodeType="cache.t3.micro")
client("eks").create_cluster(name="k8s", roleArn=role, resourcesVpcConfig={"subnetIds": [subnet, other]})
client("resource-groups").create_group(
    Name="webs",
    ResourceQuery={
        "Type": "TAG_FILTERS_1_0",
        "Query": json.dumps({"ResourceTypeFilters": ["AWS::EC2::Instance"], "TagFilters": [{"Key": "Role", "Values": ["web"]}]}),
    },
)
world |= dict(balancer=balancer["LoadBalancerArn"], targets=targets, files=files)

print(json.dumps(world), flush=True)
sys.stdin.read()
