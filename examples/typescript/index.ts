// A legacy system polls a queue that exists already; an execution waits for what it answers.
import * as aws from "@pulumi/aws";
import * as countersign from "@pulumi/countersign";

const queue = aws.sqs.Queue.get("bookings", "https://sqs.eu-west-1.amazonaws.com/123456789012/bookings");

const bookings = new countersign.CallbackQueue("bookings", {
    queueArn: queue.arn,
    queueUrl: queue.url,
    maxReceiveCount: 3,
    logRetentionDays: 90,
});
const booking = new countersign.CallbackWorkflow("booking", {
    callbackRoleNames: bookings.callbackRoleNames,
    definition: {
        StartAt: "Book",
        States: {
            Book: {
                Type: "Task",
                Resource: "countersign:wait",
                Parameters: { QueueUrl: bookings.queueUrl, "Request.$": "$.booking" },
                TimeoutSeconds: 3600,
                End: true,
            },
        },
    },
});

export const stateMachineArn = booking.stateMachineArn;
export const deadLetterQueueUrl = bookings.deadLetterQueueUrl;
