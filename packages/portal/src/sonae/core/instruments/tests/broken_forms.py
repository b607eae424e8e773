"""Forms broken in every way that somebody thought of, with the first fault each must be told."""

from sonae.core.instruments.vocabulary import ExpressionFault, FormProblem

P, E = FormProblem, ExpressionFault


def with_row(*cells, before=None):
    """The form with one more row of the survey, at its end or before a row."""

    def change(form):
        at = len(form["survey"]) if before is None else before - 1
        form["survey"].insert(at, list(cells))

    return change


def with_cell(sheet, row, column, text):
    def change(form):
        cells = form[sheet][row - 1]
        number = ord(column) - 65
        cells += [""] * (number + 1 - len(cells))
        cells[number] = text

    return change


def without_row(number):
    return lambda form: form["survey"].pop(number - 1)


def with_sheet(name, rows):
    return lambda form: form.update({name: rows})


def without_sheet(name):
    return lambda form: form.pop(name)


def with_choice(*cells):
    return lambda form: form["choices"].append(list(cells))


def with_question(type_, **cells):
    """One more question at the end (row 13), with cells by the name of their column."""

    def change(form):
        header = form["survey"][0]
        named = {"name": "q", "label": "Q", **cells}
        header += [name for name in named if name not in header]
        form["survey"].append([type_, *(named.get(name, "") for name in header[1:])])

    return change


# How a form is broken (or not), and the first fault with its place: what, sheet, row, column.
BROKEN = {
    "nothing is wrong": (lambda form: None, None),
    "no sheet survey": (without_sheet("survey"), (P.SURVEY_MISSING, "", 0, "")),
    "no sheet choices": (without_sheet("choices"), (P.CHOICES_SHEET_MISSING, "survey", 3, "A")),
    "no settings": (without_sheet("settings"), None),
    "no column type": (with_cell("survey", 1, "A", "kind"), (P.HEADER_MISSING, "survey", 1, "")),
    "no column name of choices": (with_cell("choices", 1, "B", "code"), (P.HEADER_MISSING, "choices", 1, "")),
    "a header twice": (with_cell("survey", 1, "D", "label"), (P.HEADER_TWICE, "survey", 1, "D")),
    "two headers for one thing": (with_cell("survey", 1, "D", "caption"), (P.HEADER_TWICE, "survey", 1, "D")),
    "an unknown type": (with_cell("survey", 2, "A", "txet"), (P.TYPE_UNKNOWN, "survey", 2, "A")),
    "no type": (with_cell("survey", 2, "A", ""), (P.TYPE_MISSING, "survey", 2, "A")),
    "a comment without type, name and label": (with_row("", "", "", "only a hint"), None),
    "no name": (with_cell("survey", 6, "B", ""), (P.NAME_MISSING, "survey", 6, "B")),
    "a note without a name": (with_row("note", "", "N"), None),
    "a name with a space": (with_cell("survey", 6, "B", "bed count"), (P.NAME_MALFORMED, "survey", 6, "B")),
    "a name that begins with a digit": (with_cell("survey", 6, "B", "2beds"), (P.NAME_MALFORMED, "survey", 6, "B")),
    "a Japanese name": (with_question("text", name="病院"), None),
    "a name twice": (with_row("text", "hospital", "x"), (P.NAME_TWICE, "survey", 13, "B")),
    "a name once in a group and once outside": (with_row("text", "kinds", "x"), None),
    "a name that is meant twice": (with_question("note", name="n", label="${kinds}"), None),
    "an ambiguous name": (
        lambda form: (with_row("text", "kinds", "x")(form), with_row("note", "n", "${kinds}")(form)),
        (E.AMBIGUOUS_NAME, "survey", 14, "C"),
    ),
    "the reserved name": (with_row("text", "meta", "x"), (P.NAME_RESERVED, "survey", 13, "B")),
    "two repeats of one name": (
        lambda form: (
            with_row("begin group", "g", "g")(form),
            with_row("begin repeat", "sites", "s")(form),
            with_row("text", "z", "z")(form),
            with_row("end repeat")(form),
            with_row("end group")(form),
        ),
        (P.NAME_TWICE, "survey", 14, "B"),
    ),
    "a repeat named like the form": (
        lambda form: (
            with_row("begin repeat", "data", "s")(form),
            with_row("text", "z", "z")(form),
            with_row("end repeat")(form),
        ),
        (P.NAME_TWICE, "survey", 13, "B"),
    ),
    "no label": (with_cell("survey", 2, "C", ""), (P.LABEL_MISSING, "survey", 2, "C")),
    "only a hint": (with_question("text", label="", hint="h"), None),
    "only guidance": (with_question("text", label="", guidance_hint="h"), (P.LABEL_MISSING, "survey", 13, "C")),
    "a group without a label": (with_cell("survey", 4, "C", ""), None),
    "a group that is never closed": (without_row(7), (P.BEGIN_WITHOUT_END, "survey", 4, "A")),
    "a group that is never opened": (without_row(4), (P.END_WITHOUT_BEGIN, "survey", 6, "A")),
    "a repeat closed as a group": (with_cell("survey", 10, "A", "end group"), (P.END_WITHOUT_BEGIN, "survey", 10, "A")),
    "the last group left open": (with_row("begin group", "g", "g"), (P.BEGIN_WITHOUT_END, "survey", 13, "A")),
    "an unknown list": (with_cell("survey", 3, "A", "select_one maybe"), (P.LIST_UNKNOWN, "survey", 3, "A")),
    "no list": (with_cell("survey", 3, "A", "select_one"), (P.TYPE_UNKNOWN, "survey", 3, "A")),
    "a choice without a name": (with_choice("devices", "", "x"), (P.CHOICE_NAME_MISSING, "choices", 6, "B")),
    "a choice without a label": (with_choice("devices", "ids"), None),
    "a choice without a list": (with_choice("", "ids", "x"), None),
    "a choice twice": (with_choice("devices", "vpn", "x"), (P.CHOICE_TWICE, "choices", 6, "B")),
    "a choice twice on purpose": (
        lambda form: (
            with_choice("devices", "vpn", "x")(form),
            with_sheet("settings", [["allow_choice_duplicates"], ["yes"]])(form),
        ),
        None,
    ),
    "a choice with a space among several": (
        with_choice("devices", "v p n", "x"),
        (P.CHOICE_WITH_SPACE, "survey", 5, "A"),
    ),
    "a choice with a space among one": (with_choice("yes_no", "may be", "x"), None),
    "or_other": (with_question("select_one devices or_other"), None),
    "or_other with a filter": (
        with_question("select_one devices or_other", choice_filter="of = 'net'"),
        (P.OTHER_WITH_FILTER, "survey", 13, "I"),
    ),
    "or_other beside a question of that name": (
        lambda form: (with_row("select_one devices or_other", "d", "D")(form), with_row("text", "d_other", "x")(form)),
        (P.NAME_TWICE, "survey", 14, "B"),
    ),
    "choices from a file": (with_question("select_one_from_file cities.csv"), None),
    "choices from a file of another kind": (
        with_question("select_one_from_file cities.txt"),
        (P.FILE_ENDING, "survey", 13, "A"),
    ),
    "external choices without their sheet": (
        with_question("select_one_external cities", choice_filter="a = 1"),
        (P.CHOICES_SHEET_MISSING, "survey", 13, "A"),
    ),
    "external choices": (
        lambda form: (
            with_sheet("external_choices", [["list_name", "name", "label"], ["cities", "a", "A"]])(form),
            with_question("select_one_external cities", choice_filter="a = 1")(form),
        ),
        None,
    ),
    "a reference to an unknown question": (
        with_cell("survey", 4, "E", "${use} = 'yes'"),
        (E.UNKNOWN_NAME, "survey", 4, "E"),
    ),
    "a label with an unknown question": (with_cell("survey", 2, "C", "${none}"), (E.UNKNOWN_NAME, "survey", 2, "C")),
    "a choice with an unknown question": (with_cell("choices", 2, "C", "${none}"), (E.UNKNOWN_NAME, "choices", 2, "C")),
    "an unknown question in a column of choices": (with_cell("choices", 2, "D", "${none}"), None),
    "a setting with an unknown question": (
        with_sheet("settings", [["instance_name"], ["${none}"]]),
        (E.UNKNOWN_NAME, "settings", 2, "A"),
    ),
    "a reference with a space": (
        with_cell("survey", 2, "C", "${ hospital }"),
        (E.REFERENCE_MALFORMED, "survey", 2, "C"),
    ),
    "a reference left open": (with_cell("survey", 4, "E", "${uses = 'yes'"), (E.REFERENCE_MALFORMED, "survey", 4, "E")),
    "the response saved last": (with_question("text", default="${last-saved#hospital}"), None),
    "the response saved last, unknown": (
        with_question("text", default="${last-saved#none}"),
        (E.UNKNOWN_NAME, "survey", 13, "L"),
    ),
    "the id of the response": (with_question("calculate", label="", calculation="${instanceID}"), None),
    "no calculation": (with_cell("survey", 11, "H", ""), (P.CALCULATION_MISSING, "survey", 11, "H")),
    "a calculation as a default": (with_question("calculate", label="", default="1 + 1"), None),
    "a plain default of a calculation": (
        with_question("calculate", label="", default="x"),
        (P.CALCULATION_MISSING, "survey", 13, "H"),
    ),
    "a trigger": (with_question("calculate", label="", calculation="now()", trigger="${hospital}"), None),
    "two triggers": (with_question("calculate", label="", calculation="now()", trigger="${hospital}, ${uses}"), None),
    "a trigger without marks": (
        with_question("calculate", label="", calculation="now()", trigger="hospital"),
        (P.TRIGGER_MALFORMED, "survey", 13, "M"),
    ),
    "an unknown trigger": (
        with_question("calculate", label="", calculation="now()", trigger="${none}"),
        (P.TRIGGER_UNKNOWN, "survey", 13, "M"),
    ),
    "a group as a trigger": (
        with_question("calculate", label="", calculation="now()", trigger="${details}"),
        (P.TRIGGER_UNKNOWN, "survey", 13, "M"),
    ),
    "a trigger that is not shown": (
        with_question("calculate", label="", calculation="now()", trigger="${large}"),
        (P.TRIGGER_NOT_SHOWN, "survey", 13, "M"),
    ),
    "a place in the background": (with_question("background-geopoint", label="", trigger="${hospital}"), None),
    "a place in the background without a trigger": (
        with_question("background-geopoint", label=""),
        (P.TRIGGER_MISSING, "survey", 13, "M"),
    ),
    "parameters that cannot be read": (
        with_question("range", parameters="start 1"),
        (P.PARAMETERS_MALFORMED, "survey", 13, "K"),
    ),
    "an unknown parameter": (with_question("text", parameters="colour=red"), (P.PARAMETER_UNKNOWN, "survey", 13, "K")),
    "parameters of a range": (with_question("range", parameters="start=0 end=10 step=2"), None),
    "a step of nothing": (with_question("range", parameters="step=0"), (P.PARAMETER_VALUE, "survey", 13, "K")),
    "a step wider than the range": (
        with_question("range", parameters="step=20"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "a range in words": (with_question("range", parameters="end=ten"), (P.PARAMETER_VALUE, "survey", 13, "K")),
    "ticks between the steps": (
        with_question("range", parameters="start=0 end=10 step=2 tick_interval=3"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "a placeholder outside the range": (
        with_question("range", parameters="start=0 end=10 placeholder=11"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "ticks without labels": (
        with_question("range", parameters="tick_labelset=none"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "a seed without random": (
        with_question("select_one devices", parameters="seed=7"),
        (P.PARAMETER_MISSING, "survey", 13, "K"),
    ),
    "a seed": (with_question("select_one devices", parameters="randomize=true; seed=7"), None),
    "a picture in words": (
        with_question("image", parameters="max-pixels=many"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "an app without a package": (
        with_question("image", parameters="app=camera"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "an audit": (with_question("audit", name="", label="", parameters="track-changes=true"), None),
    "an audit with a name": (with_question("audit", name="log", label=""), (P.AUDIT_NAMED, "survey", 13, "B")),
    "an audit with half a place": (
        with_question("audit", name="", label="", parameters="location-priority=balanced"),
        (P.PARAMETER_MISSING, "survey", 13, "K"),
    ),
    "media of an unknown kind": (
        with_question("text", **{"media::smell": "x.ogg"}),
        (P.MEDIA_UNKNOWN, "survey", 13, "O"),
    ),
    "a picture": (with_question("text", label="", image="x.png"), None),
    "a big picture alone": (with_question("text", **{"big-image": "x.png"}), (P.BIG_IMAGE_ALONE, "survey", 13, "O")),
    "a table of choices": (
        lambda form: (
            with_row("begin group", "t", "T", *[""] * 6, "table-list")(form),
            with_row("select_one devices", "t1", "1")(form),
            with_row("select_one devices", "t2", "2")(form),
            with_row("end group")(form),
        ),
        None,
    ),
    "a table of two lists": (
        lambda form: (
            with_row("begin group", "t", "T", *[""] * 6, "table-list")(form),
            with_row("select_one devices", "t1", "1")(form),
            with_row("select_one yes_no", "t2", "2")(form),
            with_row("end group")(form),
        ),
        (P.LISTS_DIFFER_IN_TABLE, "survey", 15, "A"),
    ),
    "a loop without a list": (
        lambda form: (
            with_row("begin loop", "l", "L")(form),
            with_row("text", "z", "z")(form),
            with_row("end loop")(form),
        ),
        (P.LOOP_WITHOUT_LIST, "survey", 13, "A"),
    ),
    "a loop": (
        lambda form: (
            with_row("begin loop over devices", "l", "L")(form),
            with_row("text", "z", "%(label)s")(form),
            with_row("end loop")(form),
        ),
        None,
    ),
    "a filter in a table of choices": (
        lambda form: (
            with_row("begin group", "t", "T", *[""] * 6, "table-list")(form),
            with_row("select_one devices", "t1", "1", *[""] * 5, "of = 'net'")(form),
            with_row("end group")(form),
        ),
        (P.FILTER_IN_TABLE, "survey", 14, "I"),
    ),
    "a loop over an unknown list": (
        lambda form: (
            with_row("begin loop over none", "l", "L")(form),
            with_row("text", "z", "z")(form),
            with_row("end loop")(form),
        ),
        (P.LIST_UNKNOWN, "survey", 13, "A"),
    ),
    "a loop leaves out the choice none": (
        lambda form: (
            with_choice("devices", "none", "x")(form),
            with_row("begin loop over devices", "l", "L")(form),
            with_row("text", "z", "100%% %(name)s")(form),
            with_row("end loop")(form),
        ),
        None,
    ),
    "a search beside a plain list": (
        with_question("select_one devices", appearance="search('devices')"),
        (P.SEARCH_MIXED, "survey", 13, "J"),
    ),
    "a search": (
        lambda form: (
            with_choice("found", "id", "name")(form),
            with_question("select_one found", appearance="search('devices')")(form),
        ),
        None,
    ),
    "a list of another sheet": (
        lambda form: (
            with_sheet("external_choices", [["list_name", "name"], ["cities", "a"]])(form),
            with_question("select_one_external towns", choice_filter="a = 1")(form),
        ),
        (P.LIST_UNKNOWN, "survey", 13, "A"),
    ),
    "or_other without choices": (
        with_question("select_one cities.csv or_other"),
        (P.OTHER_WITHOUT_CHOICES, "survey", 13, "A"),
    ),
    "a calculation in the background": (
        with_question("background-geopoint", label="", trigger="${hospital}", calculation="1"),
        (P.CALCULATION_UNWANTED, "survey", 13, "H"),
    ),
    "an audit that asks too often": (
        with_question(
            "audit",
            name="",
            label="",
            parameters="location-priority=balanced location-min-interval=60 location-max-age=30",
        ),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "ticks that cannot be drawn": (
        with_question("range", parameters="tick_interval=1", appearance="picker"),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "ticks with labels": (
        lambda form: (
            with_choice("ticks", "1", "low")(form),
            with_choice("ticks", "10", "high")(form),
            with_question("range", parameters="tick_labelset=ticks", appearance="no-ticks")(form),
        ),
        None,
    ),
    "a label off the ticks": (
        lambda form: (
            with_choice("ticks", "2.5", "x")(form),
            with_question("range", parameters="tick_labelset=ticks")(form),
        ),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "a label outside the range": (
        lambda form: (
            with_choice("ticks", "11", "x")(form),
            with_question("range", parameters="tick_labelset=ticks")(form),
        ),
        (P.PARAMETER_VALUE, "survey", 13, "K"),
    ),
    "a map": (with_question("osm"), None),
    "the title in the survey": (with_row("form_title", "x"), None),
    "a column without a value of its own": (with_question("text", colour="red"), None),
    "a group with a hint only": (with_row("begin group", "g", "", "h"), (P.BEGIN_WITHOUT_END, "survey", 13, "A")),
    "names that differ in case": (with_question("text", name="Hospital"), None),
    "another form": (with_question("include", name="other"), (P.INCLUDE_UNSUPPORTED, "survey", 13, "A")),
    "a form in two languages": (
        lambda form: (
            with_cell("survey", 1, "C", "label::日本語 (ja)")(form),
            with_cell("survey", 1, "D", "label::English (en)")(form),
            [row.__setitem__(3, row[3] or "x") for row in form["survey"][1:] if len(row) > 3],
        ),
        None,
    ),
    "a disabled row": (with_question("nonsense", disabled="yes"), None),
    "truth in capitals": (with_cell("survey", 2, "G", "TRUE"), None),
    "a count of rows": (with_cell("survey", 8, "N", "${beds}"), None),
    "a calculated count of rows": (with_cell("survey", 8, "N", "${beds} + 1"), None),
    "the root of the form with a space": (
        with_sheet("settings", [["name"], ["my form"]]),
        (P.NAME_MALFORMED, "settings", 2, "A"),
    ),
    "no id of the response, and encrypted": (
        with_sheet("settings", [["omit_instanceID", "public_key"], ["yes", "x"]]),
        (P.INSTANCE_ID_NEEDED, "settings", 2, "A"),
    ),
    "quotation marks of a typesetter": (with_cell("survey", 4, "E", "${uses} = ‘yes’"), None),
    "one sheet of another name": (
        lambda form: (
            form.pop("choices"),
            form.pop("settings"),
            form.update({"sheet1": [["type", "name", "label"], ["text", "a", "A"]]}),
            form.pop("survey"),
        ),
        None,
    ),
    "sheets in capitals": (lambda form: form.update({"SURVEY": form.pop("survey")}), None),
    "an empty survey": (lambda form: form.update({"survey": [form["survey"][0]]}), None),
}

# A server that has to work these out cannot leave them to the program that shows the form, as ODK Validate does.
STRICTER = {"an unknown function", "too few arguments"}
# What pyxform leaves to ODK Validate, which refuses it when the form is converted the usual way.
LEFT_TO_VALIDATE = {
    "half a condition": (with_cell("survey", 4, "E", "${uses} ="), E.ENDS_EARLY, 4, "E"),
    "two operators": (with_cell("survey", 4, "E", "${uses} == 'yes'"), E.UNEXPECTED, 4, "E"),
    "an open bracket": (with_cell("survey", 6, "F", "(. > 1"), E.ENDS_EARLY, 6, "F"),
    "an open text": (with_cell("survey", 6, "F", ". = 'x"), E.TEXT_NOT_CLOSED, 6, "F"),
    "an unknown function": (with_cell("survey", 6, "F", "frobnicate(.)"), E.UNKNOWN_FUNCTION, 6, "F"),
    "too few arguments": (with_cell("survey", 6, "F", "selected(.)"), E.WRONG_NUMBER_OF_ARGUMENTS, 6, "F"),
    "a ring of calculations": (
        lambda form: (
            with_question("calculate", name="a", label="", calculation="${b} + 1")(form),
            with_question("calculate", name="b", label="", calculation="${a} + 1")(form),
        ),
        "definition_cycle",
        14,
        "H",
    ),
}
