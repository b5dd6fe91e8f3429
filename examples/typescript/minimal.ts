import * as countersign from "@pulumi/countersign";

const approvers = ["ann@example.com"];
const mails = new countersign.Notifier("mails", { emails: approvers });
const approvals = new countersign.ApprovalApi("approvals", { approvers, topicArn: mails.topicArn });
const asked = { QueueUrl: approvals.queueUrl, Request: { "subject.$": "$.title" } };
const ask = { Type: "Task", Resource: "countersign:wait", Parameters: asked, TimeoutSeconds: 86400, End: true };
new countersign.CallbackWorkflow("release", {
    definition: { StartAt: "Ask", States: { Ask: ask } },
    callbackRoleNames: approvals.callbackRoleNames,
    historyRoleNames: approvals.historyRoleNames,
});
