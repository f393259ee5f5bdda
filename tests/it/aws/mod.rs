//! The AWS gateway between AWS's own clients, unmodified, and a stand-in for AWS.

mod doors;
mod ends;
mod held;
mod large;
mod ordinary;
mod outage;
mod plan;
mod project;
mod proxy;
mod replicas;
mod roles;
mod signed;
mod together;
mod trail;
mod tries;

use holdpoint_tests::Aws;

/// Makes an instance, behind the daemon's back.
fn instance(aws: &Aws) -> String {
    let images =
        aws.prepare("ec2 describe-images --owners amazon --query Images[0].ImageId --output text").out;
    let line = format!(
        "ec2 run-instances --image-id {} --query Instances[0].InstanceId --output text",
        images.trim()
    );
    aws.prepare(&line).out.trim().to_owned()
}

/// Its state, as AWS tells it.
fn state_of(aws: &Aws, instance: &str) -> String {
    let query = "Reservations[0].Instances[0].State.Name";
    let line = format!("ec2 describe-instances --instance-ids {instance} --query {query} --output text");
    aws.prepare(&line).out.trim().to_owned()
}

/// Makes a table that has a backup.
fn table(aws: &Aws, name: &str) -> String {
    let table = aws.name(name);
    aws.prepare(&format!("dynamodb create-table --table-name {table} --billing-mode PAY_PER_REQUEST --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH"));
    // Without a backup that outlives it, nobody could release its deletion.
    aws.prepare(&format!("dynamodb create-backup --table-name {table} --backup-name {table}"));
    table
}
