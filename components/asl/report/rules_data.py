"""The rules about data, tasks and maps."""

from .rule import DIAGNOSTICS, ERROR, GUIDE, NOTE, SPECIFICATION, WARNING, Rule

DATA = (
    Rule(
        "path",
        ERROR,
        "A path is a JSONPath that starts with $, $$ or $variable.",
        "AWS refuses the definition.",
        SPECIFICATION + "path",
    ),
    Rule(
        "reference-path",
        ERROR,
        "Where one place is meant, the path names one: no wildcards, filters, slices or descents.",
        "AWS refuses the definition.",
        SPECIFICATION + "ref-paths",
    ),
    Rule(
        "context-path",
        ERROR,
        "A path into the context object names a field it has.",
        "The field is not there, so the state fails with States.Runtime whenever it runs.",
        GUIDE + "input-output-contextobject.html",
    ),
    Rule(
        "token-outside-wait",
        WARNING,
        "$$.Task.Token is used in a state that waits for it, or whose job may be ended with it (.sync).",
        "Nowhere else does the context object have Task, so the state fails with States.Runtime.",
        GUIDE + "connect-to-resource.html",
    ),
    Rule(
        "template-value",
        ERROR,
        "A field whose name ends with .$ is a path or an intrinsic function.",
        "AWS refuses the definition.",
        SPECIFICATION + "payload-template",
    ),
    Rule(
        "template-twice",
        ERROR,
        "A field is given once: by value or, with .$, by path.",
        "AWS refuses the definition: both would be the same field.",
        SPECIFICATION + "payload-template",
    ),
    Rule(
        "literal-path",
        WARNING,
        "A value that looks like a path has a name that ends with .$ (in JSONata it stands in {% %}, and no "
        "name ends like this).",
        "It is passed on as it is written: the receiver gets the text of the path, or the name with its .$.",
        DIAGNOSTICS,
    ),
    Rule(
        "intrinsic",
        ERROR,
        "An intrinsic function is written as the language has it.",
        "AWS refuses the definition.",
        SPECIFICATION + "intrinsic-functions",
    ),
    Rule(
        "intrinsic-unknown",
        ERROR,
        "An intrinsic function is one of the language's own.",
        "AWS refuses the definition.",
        SPECIFICATION + "intrinsic-functions",
    ),
    Rule(
        "intrinsic-arguments",
        ERROR,
        "An intrinsic function has as many arguments as it takes, of the types and values it takes.",
        "AWS refuses the definition, or the state fails with States.IntrinsicFailure.",
        SPECIFICATION + "intrinsic-functions",
    ),
    Rule(
        "intrinsic-depth",
        ERROR,
        "Intrinsic functions are nested at most 10 deep.",
        "AWS refuses the definition.",
        GUIDE + "intrinsic-functions.html",
    ),
    Rule(
        "jsonata",
        ERROR,
        "What stands in {% %} is a JSONata expression.",
        "AWS refuses the definition, or the state fails with States.QueryEvaluationError.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "jsonata-delimiters",
        ERROR,
        "An expression starts with {% and ends with %}, with nothing around them.",
        "AWS refuses the definition.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "jsonata-root",
        ERROR,
        "Outside of filters and steps, an expression uses neither $ nor $$ nor bare names.",
        "Step Functions gives an expression no input of its own: the data is in $states and in variables.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "jsonata-states",
        ERROR,
        "$states has input, context, and where there is one result or errorOutput.",
        "The expression finds nothing, and AWS refuses the definition or the state fails.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "jsonata-function",
        ERROR,
        "A function that is called exists in the JSONata of Step Functions.",
        "The state fails with States.QueryEvaluationError. $eval is not there; $parse takes its place.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "data-size",
        ERROR,
        "What is written out in a Result, Parameters, Arguments, Output, Assign or selector has at most "
        "262,144 bytes.",
        "The state fails with States.DataLimitExceeded, which States.ALL does not catch.",
        GUIDE + "service-quotas.html",
    ),
    Rule(
        "variable-name",
        ERROR,
        "A variable's name is an identifier of at most 80 characters, and not states.",
        "AWS refuses the definition.",
        GUIDE + "workflow-variables.html",
    ),
    Rule(
        "variable-unassigned",
        ERROR,
        "Some way on which a variable is assigned leads to where a path reads it.",
        "There is no such variable, so the state fails with States.Runtime whenever it runs. What a state "
        "assigns is there from the next state on; what a catcher assigns, on its own way alone; what is "
        "assigned in a branch or an iteration, until it ends. The executions of a Distributed Map see none "
        "from outside.",
        GUIDE + "workflow-variables.html",
    ),
    Rule(
        "variable-undefined",
        WARNING,
        "Some way on which a variable is assigned leads to where an expression or a choice rule reads it.",
        "To JSONata the variable is nothing: an expression that gives nothing fails with "
        "States.QueryEvaluationError, and any other goes on without it and says no word. A choice rule may "
        "ask whether it is present.",
        GUIDE + "workflow-variables.html",
    ),
    Rule(
        "variable-shadowed",
        ERROR,
        "A branch or iteration does not assign a variable of the machine around it.",
        "AWS refuses the definition: a name means one variable in nested scopes.",
        GUIDE + "workflow-variables.html",
    ),
)

TASKS = (
    Rule(
        "resource",
        ERROR,
        "Resource is the ARN of an integration, a function or an activity, spelt as AWS spells it.",
        "AWS refuses the definition (INVALID_RESOURCE).",
        GUIDE + "state-task.html",
    ),
    Rule(
        "integration-unknown",
        NOTE,
        "The integration is one this version knows.",
        "Its arguments, patterns and permissions cannot be checked or derived here.",
        GUIDE + "integrate-services.html",
    ),
    Rule(
        "integration-action",
        WARNING,
        "An optimised integration has this action; the others of its API are reached with aws-sdk.",
        "AWS refuses the definition, unless the action was added after this version.",
        GUIDE + "integrate-optimized.html",
    ),
    Rule(
        "integration-pattern",
        ERROR,
        "What stands behind the action is a pattern the integration has: .sync, .sync:2, .waitForTaskToken.",
        "AWS refuses the definition. A callback on a service that cannot pass a token would never come.",
        GUIDE + "integrate-services.html",
    ),
    Rule(
        "argument-missing",
        ERROR,
        "Every argument that the API requires is given, and so is one of those of which it wants one.",
        "AWS refuses the definition, or the state fails whenever it runs.",
        GUIDE + "supported-services-awssdk.html",
    ),
    Rule(
        "argument-unknown",
        WARNING,
        "An argument is one that the API action has, in PascalCase.",
        "AWS refuses it, at once or when the state runs: the field is not supported by Step Functions. What "
        "is newer than this version is not known here.",
        GUIDE + "connect-parameters.html",
    ),
    Rule(
        "argument-case",
        ERROR,
        "An argument begins with a capital letter, whatever the API calls it.",
        "AWS refuses the definition: the field is not supported by Step Functions.",
        GUIDE + "supported-services-awssdk.html",
    ),
    Rule(
        "express-pattern",
        ERROR,
        "An Express workflow neither waits (for a token, a job, an activity) nor has a Distributed Map.",
        "AWS refuses the definition: these are only there in Standard workflows.",
        GUIDE + "choosing-workflow-type.html",
    ),
    Rule(
        "token-missing",
        ERROR,
        "A state that waits for a token passes $$.Task.Token on, to where somebody can read it.",
        "Nobody can answer: the execution hangs until its timeout.",
        GUIDE + "connect-to-resource.html",
    ),
    Rule(
        "token-literal",
        ERROR,
        "The token is passed by a field whose name ends with .$ (or in {% %} in JSONata).",
        "The receiver gets the text $$.Task.Token, not the token: the execution hangs until its timeout.",
        GUIDE + "connect-to-resource.html",
    ),
    Rule(
        "wait-timeout",
        WARNING,
        "A state that waits for a token or an activity has a timeout.",
        "AWS's default is 99,999,999 seconds: when the answer is lost, the execution hangs for a year, or "
        "until the machine's own timeout, which nothing can catch. A heartbeat ends a wait that nobody works "
        "on; one that somebody keeps alive for ever it does not.",
        GUIDE + "sfn-stuck-execution.html",
        house=True,
    ),
    Rule(
        "heartbeat",
        ERROR,
        "HeartbeatSeconds is below TimeoutSeconds.",
        "AWS refuses the definition.",
        GUIDE + "state-task.html",
    ),
    Rule(
        "timeout-order",
        WARNING,
        "A state's timeout, or the Seconds it waits, is below the timeout of its machine and below a year (a "
        "Wait of an Express workflow: five minutes).",
        "The execution ends first, and no Catch runs.",
        GUIDE + "sfn-stuck-execution.html",
    ),
    Rule(
        "wait-failure-unnoticed",
        WARNING,
        "A caught failure of a wait does not simply end in success.",
        "A rejected, expired or broken request looks like an approved one to whoever looks at the execution. "
        "A way that goes through a Choice or another wait decides again and is not counted. Where the "
        "failure is an ordinary result, silence the rule and say so.",
        GUIDE + "concepts-error-handling.html",
        house=True,
    ),
    Rule(
        "placeholder",
        NOTE,
        "A Resource is written out, and so is what is no string; the only placeholders are "
        "${AWS::Partition}, ${AWS::Region} and ${AWS::AccountId}.",
        "Placeholders of other tools are filled in by those tools. A component fills in these three, and AWS "
        "would be given any other as it stands.",
        house=True,
    ),
)

MAPS = (
    Rule(
        "distributed-only",
        ERROR,
        "ItemReader, ItemBatcher, ResultWriter, Label and tolerated failures stand in a Distributed Map.",
        "AWS refuses the definition: an inline Map does not have them.",
        GUIDE + "state-map-distributed.html",
    ),
    Rule(
        "map-processor",
        ERROR,
        "ProcessorConfig says INLINE, or DISTRIBUTED with an ExecutionType.",
        "AWS refuses the definition.",
        GUIDE + "state-map-distributed.html",
    ),
    Rule(
        "map-resource",
        ERROR,
        "ItemReader reads with s3:getObject or s3:listObjectsV2, ResultWriter writes with s3:putObject.",
        "AWS refuses the definition: no other integration can read items or write results.",
        GUIDE + "input-output-itemreader.html",
    ),
    Rule(
        "map-reader",
        WARNING,
        "The settings of ReaderConfig go with its InputType, and with what is read.",
        "AWS refuses most others at once; the rest fail with States.ItemReaderFailed, or do nothing.",
        GUIDE + "input-output-itemreader.html",
    ),
    Rule(
        "map-label",
        ERROR,
        "A Label has at most 40 characters, none of them special, and is used once.",
        "AWS refuses the definition (INVALID_LABEL_NAME, DUPLICATE_LABEL_NAME).",
        DIAGNOSTICS,
    ),
)

RULES = (*DATA, *TASKS, *MAPS)
