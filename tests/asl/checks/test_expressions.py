"""Paths, intrinsic functions and JSONata: what is taken for one, and what is known of it."""

from typing import Any

import pytest

from components.asl.checks.expressions import finds_token
from components.asl.language import context, intrinsics, jsonata, paths


class TestPaths:
    @pytest.mark.parametrize(
        ("text", "root", "names"),
        [
            ("$", "$", ()),
            ("$$", "$$", ()),
            ("$name", "$name", ()),
            ("$.a.b", "$", ("a", "b")),
            ("$$.Task.Token", "$$", ("Task", "Token")),
            ("$name.a[0]", "$name", ("a", "[0]")),
            ("$[0][1]", "$", ("[0]", "[1]")),
            ("$['a b']['c']", "$", ("a b", "c")),
            ('$["a"]', "$", ("a",)),
            ("$.['a']", "$", ("a",)),
            ("$.a-b.c_d", "$", ("a-b", "c_d")),
            ("$.a.b ", "$", ("a", "b")),
            ("$.größe", "$", ("größe",)),
            ("$.&Ж中", "$", ("&Ж中",)),
            (r"$.a\.b", "$", (r"a\.b",)),
        ],
    )
    def test_a_reference_path(self, text: str, root: str, names: tuple[str, ...]) -> None:
        assert paths.parse(text) == paths.Path(root, names, reference=True)

    @pytest.mark.parametrize(
        "text",
        [
            "$.a[*]", "$.*", "$..a", "$..*", "$..[0]", "$.a[-1]", "$.a[-1:]", "$.a[1:3]", "$.a[0,1]",
            "$.a['b','c']", "$.[*].['b', 'c']", "$.a[?(@.b)]", "$.a[?(@.b == 'x)]' && (@.c > 1))].d",
            "$.a[?(@.b =~ /x[)]/i)]", "$.a[?(@.b in ['x', 'y'])]", "$.a.length()", "$.a.b.keys()[0]",
            "$.max($.a, $.b)",
        ],
    )  # fmt: skip
    def test_a_path_to_many_places(self, text: str) -> None:
        parsed = paths.parse(text)
        assert parsed is not None
        assert not parsed.reference

    @pytest.mark.parametrize(
        "text",
        ["", "a", ".a", "a.b", " $", "$.", "$.a.", "$.a b", "$a b", "$$$", "$.a[", "$.a]", "$.a['b",
         "$.a[b]", "$.a[?(@.b]", "$.a[?()]", "$.a[?(@.b)", "$.a()b", "$.a.f(", "$.a[]", "$..", "$5",
         "States.UUID()"],
    )  # fmt: skip
    def test_no_path(self, text: str) -> None:
        assert paths.parse(text) is None


class TestIntrinsics:
    @pytest.mark.parametrize(
        "text",
        [
            "States.UUID()", "States.UUID( )", "States.Array()",
            "States.Array( 'a' , 1 , -1.5e3 , null , true , false , $ , $$.Execution.Id , $name.x )",
            "States.Array($.a[?(@.b == 'x, (y')], 'z')", "States.Array($.a['b, c'])",
            "States.Format('no holes')", "States.Format($.template, 1, 2, 3)",
            r"States.Format('It\'s {} \{\}', $.a)", "States.MathRandom(1, 10)",
            "States.MathRandom(1, 10, $.seed)", "States.JsonMerge($.a, $.b, false)",
            "States.JsonToString(" * 10 + "$" + ")" * 10,
            "States.Hash($.a, $.algorithm)", "States.Hash(States.Array(1, 2), 'SHA-1')",
            "States.Base64Encode('" + "a" * 10_000 + "')", "States.ArrayRange(0, 999, 1)",
            "States.ArrayRange(9, 1, -2)", "States.ArrayRange($.a, 5000, 1)",
            "States.ArrayLength(States.StringToJson($.a))",
            "States.ArrayGetItem(States.Array(1), States.MathAdd($.a, -1))",
            "States.JsonMerge(States.StringToJson('{}'), States.ArrayGetItem($.a, 0), $.deep)",
            "States.StringToJson('[1, 2]')", r"States.StringToJson('\{\}')",
            "States.MathAdd(1.5, " + "9" * 5_000 + ")", "States.ArrayContains(States.Array('a'), null)",
        ],
    )  # fmt: skip
    def test_a_function(self, text: str) -> None:
        assert intrinsics.parse(text).problem is None

    def test_the_paths_in_it(self) -> None:
        found = intrinsics.parse("States.Format('{} {}', $.a, States.Array($$.Task.Token))").paths
        assert [path.root for path in found] == ["$", "$$"]
        assert found[1].names == ("Task", "Token")

    @pytest.mark.parametrize(
        ("text", "rule"),
        [
            ("States.UUID", "intrinsic"),
            ("States.UUID(", "intrinsic"),
            ("States.UUID())", "intrinsic"),
            ("States.UUID() ", None),
            ("States.uuid()", "intrinsic-unknown"),
            ("States.Array('a)", "intrinsic"),
            ("States.Array(,)", "intrinsic"),
            ("States.Array('a',)", "intrinsic"),
            ("States.Array('a' 'b')", "intrinsic"),
            ("States.Array(1a)", "intrinsic"),
            ("States.Array(nulls)", "intrinsic"),
            ("States.Array(@.a)", "intrinsic"),
            ("States.Array($.a.)", "intrinsic"),
            ("States.Hash($.a)", "intrinsic-arguments"),
            ("States.ArrayRange(1, 2)", "intrinsic-arguments"),
            ("States.Format()", "intrinsic-arguments"),
            ("States.Format('{}')", "intrinsic-arguments"),
            ("States.Format('x', 1)", "intrinsic-arguments"),
            ("States.JsonToString(" * 11 + "$" + ")" * 11, "intrinsic-depth"),
        ],
    )
    def test_no_function(self, text: str, rule: str | None) -> None:
        problem = intrinsics.parse(text).problem
        assert (problem.rule if problem else None) == rule

    @pytest.mark.parametrize(
        "text",
        [
            "States.Hash($.a, 'SHA256')", "States.Hash($.a, 'MD6')",
            "States.Hash('" + "a" * 10_001 + "', 'MD5')", "States.JsonMerge($.a, $.b, true)",
            "States.JsonMerge('{}', $.b, false)", "States.JsonMerge($.a, States.Array(), false)",
            "States.ArrayPartition($.a, 0)", "States.ArrayPartition($.a, -1)",
            "States.ArrayPartition($.a, '2')", "States.ArrayRange(1, 9, 0)",
            "States.ArrayRange(0, 1000, 1)", "States.ArrayRange('1', 2, 1)", "States.ArrayGetItem('x', 0)",
            "States.ArrayGetItem($.a, -1)", "States.ArrayGetItem($.a, '0')", "States.ArrayLength('text')",
            "States.ArrayLength(5)", "States.ArrayLength(null)", "States.MathAdd('1', 2)",
            "States.MathAdd(States.UUID(), 1)", "States.MathRandom('a', 2)", "States.StringSplit(1, ',')",
            "States.StringSplit('a', States.Array(','))", "States.StringToJson(5)",
            "States.StringToJson('{bad')", "States.StringToJson('" + "[" * 5_000 + "')",
            "States.Base64Encode('" + "a" * 10_001 + "')", "States.Base64Decode(true)", "States.Format(5)",
            "States.Array(States.MathAdd(1e999, null))",
        ],
    )  # fmt: skip
    def test_arguments_with_which_it_can_only_fail(self, text: str) -> None:
        problem = intrinsics.parse(text).problem
        assert problem is not None
        assert problem.rule == "intrinsic-arguments"

    def test_a_hash_or_a_count_does_not_keep_what_it_is_given(self) -> None:
        text = "States.Format('{} {}', $.a, States.Hash(States.Format('{}', $.b), 'MD5'))"
        call = intrinsics.parse(text)
        assert call.name == "States.Format"
        assert [path.names for path in call.paths] == [("a",), ("b",)]
        assert [path.names for path in call.kept] == [("a",)]

    def test_a_misspelt_function_is_recognised(self) -> None:
        problem = intrinsics.parse("States.StringToJSON($)").problem
        assert problem is not None
        assert problem.fix == "did you mean States.StringToJson?"


class TestContext:
    @pytest.mark.parametrize(
        "names",
        [(), ("Execution",), ("Execution", "Input", "anything", "at", "all"), ("Map", "Item", "Value", "x"),
         ("Map", "Item", "Key"), ("Task", "Token"), ("State", "RetryCount")],
    )  # fmt: skip
    def test_a_field(self, names: tuple[str, ...]) -> None:
        assert context.problem(names) is None

    @pytest.mark.parametrize(
        ("names", "message", "fix"),
        [
            (("Task", "token"), "$$.Task has no field token", "did you mean Token?"),
            (("Execution", "ID"), "$$.Execution has no field ID", "did you mean Id?"),
            (("execution",), "$$ has no field execution", "did you mean Execution?"),
            (("Nothing",), "$$ has no field Nothing", "use one of Execution, State, StateMachine, Task, Map"),
            (("State", "Name", "x"), "$$.State.Name has no fields", "end the path at $$.State.Name"),
        ],
    )
    def test_no_field(self, names: tuple[str, ...], message: str, fix: str) -> None:
        assert context.problem(names) == (message, fix)


class TestJsonata:
    @pytest.mark.parametrize(
        "text",
        [
            "1", "-1.5e-3", "'a' & \"b\"", "true and false or null", "[1..10]", "[1, [2, 3], {}]",
            "{'a': 1, 'b': [2]}", "$states.input", "$states.input.a.b[0].`c d`.'e'",
            "$states.input.items[price > 3 and name in ['x', 'y']].name", "$states.input.items[-1]",
            "$states.input.items[]", "$states.input.items.(price * quantity)",
            "$states.input.items{category: $sum(price)}", "$states.input.items^(>price, <name, id)",
            "$states.input.items#$i[$i < 2]", "$states.input.items@$x.other[id = $x.id]",
            "$states.input.**.name", "$states.input.*", "$states.input.items.%.total",
            "$states.input ~> |items|{'price': price * 2}, ['old']|", "($a := 1; $b := $a + 1; $b)",
            "(1; 2;)", "()", "$states.input.x ? 'a' : 'b'", "$states.input.x ? 'a'",
            "function($x, $y) { $x + $y }(1, 2)", "λ($x) { $x }(1)",
            "($f := function($n)<n:n> { $n <= 1 ? 1 : $n * $f($n - 1) }; $f(5))",
            "$map([1, 2], function($x) { $x * 2 })", "$map([1, 2], $string)",
            "$substringBefore(?, '-')('a-b')", "$match('ab', /a(b|[/])c*/i)", "$states.input.x / 2 / 3",
            "/* what it is */ 1 /* ** */", "$not($exists($states.input.x))",
            "$uuid() & $hash('a', 'SHA-256') & $string($random())",
            "$partition($range(1, 10, 2), 3) ~> $count", "$parse('{}').a", "$states.input.and.or.in",
            "$now('[Y]-[M01]')",
        ],
    )  # fmt: skip
    def test_an_expression(self, text: str) -> None:
        assert jsonata.parse(text) == jsonata.Expression(states=jsonata.parse(text).states)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("", "the expression is empty"),
            ("1 +", "Unexpected end of expression (at character 4 of the expression)"),
            ("(1", "Expected ) before end of expression (at character 3 of the expression)"),
            ("[1, 2", "Expected ] before end of expression (at character 6 of the expression)"),
            ("{'a' 1}", "Expected :, got 1 (at character 6 of the expression)"),
            ("1 2", "Syntax error: 2 (at character 3 of the expression)"),
            ("$states.1", "a step within a path expression (at character 9 of the expression)"),
            ("1 := 2", "The left side of := must be a variable name (start with $) (at character 1"),
            ("$x ?: 1", "Unknown operator: ?: (at character 5 of the expression)"),
            ("$x ?? 1", "Unknown operator: ?? (at character 5 of the expression)"),
            ("$x ~ 1", "~ is not understood"),
            ("1 ! 2", "for not, write $not(…)"),
            *((text, "") for text in ("'open", '"open', "`open", "/open", "#$i")),
            ("/* open", "something in the expression has no end, or no place"),
        ],
    )
    def test_no_expression(self, text: str, problem: str) -> None:
        found = jsonata.parse(text).problem
        assert found is not None
        assert problem in found

    @pytest.mark.parametrize("text", ["(" * 2_000, "'a'" + " & 'b'" * 20_000])
    def test_what_is_too_much_is_not_read_and_may_use_everything(self, text: str) -> None:
        assert jsonata.parse(text) == jsonata.Expression(states=((),))

    def test_functions_of_step_functions_and_none_that_it_took_away(self) -> None:
        added = ("hash", "parse", "partition", "random", "range", "uuid")
        assert jsonata.parse("; ".join(f"${name}()" for name in added).join("()")).functions == ()
        assert jsonata.parse("$eval('1') & $values({})").functions == ("eval", "values")

    def test_what_it_uses(self) -> None:
        text = "$a + ($b := $states.input.x; $b + $c) + $states.context.Task.Token & $missing($now())"
        assert jsonata.parse(text) == jsonata.Expression(
            states=(("input", "x"), ("context", "Task", "Token")),
            variables=("a", "c"),
            functions=("missing",),
        )

    @pytest.mark.parametrize(
        "text", ["$", "$$", "$.a", "a", "a.b", "`a b`", "*", "**", "{a: 1}", "$sum(items.price)"]
    )
    def test_what_has_no_data_to_be_looked_up_in(self, text: str) -> None:
        assert jsonata.parse(text).unrooted

    @pytest.mark.parametrize(
        "text", ["$states.input.a[$ > 1]", "$states.input.(a + $.b)", "$map([1], function() { $ })"]
    )
    def test_what_has(self, text: str) -> None:
        assert not jsonata.parse(text).unrooted


PASSED = [
    {"a.$": "$$.Task.Token"},
    {"a": [{"b": {"c.$": "$$.Task.Token"}}]},
    {"a.$": "$$.Task"},
    {"a.$": "$$"},
    {"a.$": "States.Format('{}', $$.Task.Token)"},
    {"a.$": "States.Array(1, States.JsonToString($$.Task))"},
    {"a.$": "$$['Task']['Token']"},
]
PASSED_IN_JSONATA = [
    "{% $states.context.Task.Token %}",
    {"a": ["{% {'token': $states.context.Task.Token} %}"]},
    "{% $states.context %}",
    "{% $encodeUrlComponent($states.context.Task.Token) %}",
    "{% $states %}",
]
KEPT = [
    None,
    {},
    "$$.Task.Token",
    {"a": "$$.Task.Token"},
    {"a.$": "$.Task.Token"},
    {"a.$": "$$.Execution.Id"},
    {"a.$": "States.Format('$$.Task.Token')"},
    {"a.$": ["$$.Task.Token"]},
]
KEPT_IN_JSONATA = ["$states.context.Task.Token", "{% $states.input.Task.Token %}", "{% 'x", "{%"]


@pytest.mark.parametrize("template", PASSED + PASSED_IN_JSONATA + KEPT + KEPT_IN_JSONATA, ids=str)
def test_a_token_is_passed_by_the_expressions_of_the_states_own_language(template: Any) -> None:
    assert finds_token(template, jsonata_state=False) == (template in PASSED)
    assert finds_token(template, jsonata_state=True) == (template in PASSED_IN_JSONATA)
