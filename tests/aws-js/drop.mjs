// Deletes a table; prints the error as the SDK gives it, and after how many attempts.
import { DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";

try {
  const answer = await new DynamoDBClient({}).send(new DeleteTableCommand({ TableName: process.argv[2] }));
  console.log(JSON.stringify({ deleted: answer.TableDescription.TableName, attempts: answer.$metadata.attempts }));
} catch (error) {
  const { name, message } = error;
  const { attempts, httpStatusCode: status } = error.$metadata ?? {};
  console.log(JSON.stringify({ name, message, attempts, status }));
}
