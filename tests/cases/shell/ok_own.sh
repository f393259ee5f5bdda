aws ec2 terminate-instances --instance-ids i-0fake0001
