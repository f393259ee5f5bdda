// Reads and ordinary writes by the JavaScript SDK; prints what came of it.
import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";

const [bucket, table] = process.argv.slice(2);
const s3 = new S3Client({});
await s3.send(new PutObjectCommand({ Bucket: bucket, Key: "from/js ü.txt", Body: "by JavaScript" }));
const got = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: "from/js ü.txt" }));
const dynamodb = new DynamoDBClient({});
await dynamodb.send(new PutItemCommand({ TableName: table, Item: { id: { S: "js" }, n: { N: "1" } } }));
const item = await dynamodb.send(new GetItemCommand({ TableName: table, Key: { id: { S: "js" } } }));
const vpcs = await new EC2Client({}).send(new DescribeVpcsCommand({}));
console.log(JSON.stringify({ text: await got.Body.transformToString(), n: item.Item.n.N, vpcs: vpcs.Vpcs.length }));
