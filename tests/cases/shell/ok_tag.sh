aws rds add-tags-to-resource --resource-name arn:aws:rds:eu-west-1:111122223333:db:orders-prod --tags Key=team,Value=orders
