"""The rules about the document, its structure, its flow, and its retriers and catchers."""

from .rule import DIAGNOSTICS, ERROR, GUIDE, SPECIFICATION, WARNING, Rule

DOCUMENT = (
    Rule(
        "json",
        ERROR,
        "The text is JSON.",
        "AWS refuses it (INVALID_JSON_DESCRIPTION). JSON has no comments, no trailing commas, no NaN.",
        DIAGNOSTICS,
        fundamental=True,
    ),
    Rule(
        "duplicate-key",
        ERROR,
        "No object has the same key twice.",
        "Parsers keep one of the two and drop the other without a word: a state or an argument is gone.",
        "https://www.rfc-editor.org/rfc/rfc8259#section-4",
    ),
    Rule(
        "value-type",
        ERROR,
        "Every value is a JSON value (or a Pulumi Output), every key a string.",
        "Anything else cannot be rendered, or is rendered as something other than what was meant.",
        SPECIFICATION + "structure",
        fundamental=True,
    ),
    Rule(
        "cycle",
        ERROR,
        "No object contains itself.",
        "It has no JSON text. Loops of a workflow are made with Next.",
        fundamental=True,
    ),
    Rule(
        "depth",
        ERROR,
        "Objects and arrays are nested at most 200 deep.",
        "AWS refuses state machines that are too deeply nested (TOO_DEEPLY_NESTED).",
        DIAGNOSTICS,
        fundamental=True,
    ),
    Rule(
        "definition-size",
        ERROR,
        "The rendered definition has at most 1,048,576 bytes.",
        "AWS refuses more. Put data into S3, and parts of the workflow into machines of their own.",
        GUIDE + "service-quotas.html",
        fundamental=True,
    ),
    Rule(
        "silence",
        ERROR,
        "Each silenced rule exists and has a reason.",
        "A silenced rule without a reason, or one that is misspelt, is a check that nobody knows is off.",
        fundamental=True,
    ),
    Rule(
        "silence-unused",
        WARNING,
        "Each silenced rule silences something.",
        "What it was for has gone; it would hide the next mistake of its kind.",
        fundamental=True,
    ),
)

STRUCTURE = (
    Rule(
        "missing-field",
        ERROR,
        "Every required field is there.",
        "AWS refuses the definition (SCHEMA_VALIDATION_FAILED).",
        SPECIFICATION + "state-type-table",
    ),
    Rule(
        "unknown-field",
        ERROR,
        "Every field is one that this type of state has, in its query language.",
        "AWS refuses the definition, and a misspelt field does nothing.",
        SPECIFICATION + "state-type-table",
    ),
    Rule(
        "field-type",
        ERROR,
        "Every field has the type that the language gives it.",
        "AWS refuses the definition (SCHEMA_VALIDATION_FAILED).",
        SPECIFICATION + "states-fields",
    ),
    Rule(
        "field-value",
        ERROR,
        "Every field has one of its allowed values.",
        "AWS refuses the definition (SCHEMA_VALIDATION_FAILED).",
        SPECIFICATION + "states-fields",
    ),
    Rule(
        "exclusive-fields",
        ERROR,
        "Of fields that exclude each other there is one.",
        "AWS refuses the definition: it could not know which one is meant.",
        SPECIFICATION + "states-fields",
    ),
    Rule(
        "query-language",
        ERROR,
        "JSONata fields stand in JSONata states, JSONPath fields in JSONPath states.",
        "AWS refuses the definition. A JSONata machine has no JSONPath states; a JSONPath machine may have "
        "JSONata states, one by one.",
        GUIDE + "transforming-data.html",
    ),
    Rule(
        "state-type",
        ERROR,
        "A state's Type is Task, Pass, Choice, Wait, Succeed, Fail, Parallel or Map.",
        "AWS refuses the definition.",
        SPECIFICATION + "statetypes",
    ),
    Rule(
        "state-name",
        ERROR,
        "A state's name has 1 to 80 characters.",
        "AWS refuses the definition (INVALID_STATE_NAME).",
        DIAGNOSTICS,
    ),
    Rule(
        "state-name-twice",
        ERROR,
        "A state's name is used once in the whole machine, branches and iterations included.",
        "AWS refuses the definition (DUPLICATE_STATE_NAME); a history could not tell which state it means.",
        SPECIFICATION + "states-fields",
    ),
)

FLOW = (
    Rule(
        "start-at",
        ERROR,
        "StartAt names a state of the same machine.",
        "AWS refuses the definition (MISSING_TRANSITION_TARGET).",
        SPECIFICATION + "toplevelfields",
    ),
    Rule(
        "transition-target",
        ERROR,
        "Next and Default name a state of the same machine.",
        "AWS refuses the definition (MISSING_TRANSITION_TARGET). Branches and iterations are machines of "
        "their own: nothing leads into them or out of them.",
        SPECIFICATION + "transition",
    ),
    Rule(
        "next-or-end",
        ERROR,
        'A state that goes on has either Next or "End": true.',
        "AWS refuses the definition.",
        SPECIFICATION + "transition",
    ),
    Rule(
        "unreachable",
        ERROR,
        "Every state can be reached from StartAt.",
        "AWS refuses the definition (MISSING_TRANSITION_TARGET: the state is not reachable).",
        SPECIFICATION + "transition",
    ),
    Rule(
        "no-end",
        ERROR,
        "Some state ends the machine.",
        "AWS refuses the definition (MISSING_END_STATE).",
        DIAGNOSTICS,
    ),
    Rule(
        "endless-loop",
        WARNING,
        "From every state an end can be reached.",
        "The execution goes round until it has 25,000 events in its history, and fails then.",
        GUIDE + "service-quotas.html",
    ),
    Rule(
        "choice-default",
        WARNING,
        "A Choice has a Default.",
        "When no rule matches, the execution fails with States.NoChoiceMatched.",
        GUIDE + "state-choice.html",
    ),
    Rule(
        "choice-rule",
        ERROR,
        "A choice rule has one comparison (or And, Or, Not), and only the outermost has Next.",
        "AWS refuses the definition.",
        SPECIFICATION + "choice-state",
    ),
    Rule(
        "choice-operator",
        ERROR,
        "The comparison of a choice rule is one the language has.",
        "AWS refuses the definition.",
        SPECIFICATION + "choice-state",
    ),
)

ERRORS = (
    Rule(
        "error-names",
        ERROR,
        "ErrorEquals is an array of at least one error name.",
        "AWS refuses the definition.",
        SPECIFICATION + "errors",
    ),
    Rule(
        "states-all-alone",
        ERROR,
        "States.ALL is the only name of its ErrorEquals.",
        "AWS refuses the definition.",
        SPECIFICATION + "retrying-after-error",
    ),
    Rule(
        "states-all-last",
        ERROR,
        "States.ALL stands in the last retrier, and in the last catcher.",
        "AWS refuses the definition: nothing behind it could match.",
        SPECIFICATION + "retrying-after-error",
    ),
    Rule(
        "error-name-unknown",
        WARNING,
        "An error name that begins with States. is one of the language's own.",
        "Names with States. are reserved; a misspelt one matches nothing.",
        SPECIFICATION + "error-names",
    ),
    Rule(
        "error-uncatchable",
        WARNING,
        "Nobody retries or catches States.Runtime.",
        "It always fails the execution.",
        GUIDE + "concepts-error-handling.html",
    ),
    Rule(
        "retry-at-once",
        WARNING,
        "A retrier waits a second or more: IntervalSeconds is positive.",
        "The language asks for it. AWS has taken 0 in a published sample, and what failed is tried at once.",
        SPECIFICATION + "retrying-after-error",
    ),
    Rule(
        "error-shadowed",
        WARNING,
        "Every error name can be the first that matches.",
        "An earlier retrier or catcher takes the error; this one never runs.",
        GUIDE + "concepts-error-handling.html",
    ),
)

RULES = (*DOCUMENT, *STRUCTURE, *FLOW, *ERRORS)
