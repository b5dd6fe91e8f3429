// A legacy system polls a queue that exists already; an execution waits for what it answers.
import * as pulumi from "@pulumi/pulumi";
import * as countersign from "@pulumi/countersign";

const config = new pulumi.Config();

const bookings = new countersign.CallbackQueue("bookings", {
    queueArn: config.require("queueArn"),
    queueUrl: config.require("queueUrl"),
    maxReceiveCount: 3,
    logRetentionDays: 90,
});
const booking = new countersign.CallbackWorkflow("booking", {
    callbackRoleNames: bookings.callbackRoleNames.apply((names) => [...names, config.require("legacyRoleName")]),
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
