aws autoscaling update-auto-scaling-group --auto-scaling-group-name web --desired-capacity 18
