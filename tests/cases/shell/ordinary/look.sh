# A morning's look at what is running.
aws sts get-caller-identity
for id in $(aws ec2 describe-instances --query 'Reservations[].Instances[].InstanceId' --output text); do
  aws ec2 describe-instance-status --instance-ids "$id" | jq '.InstanceStatuses[0].InstanceState.Name'
done
kubectl get nodes -o wide | awk '{print $1, $2}'
psql -h db.internal -U reader shop <<'SQL'
SELECT state, count(*) FROM orders GROUP BY state;
SHOW max_connections;
SQL
