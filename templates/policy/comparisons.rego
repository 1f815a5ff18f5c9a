# Whether an argument meets a demand; an argument that is not given, or null, does where `absent` says so.
meets(op, null, _, true) if op != "exists"

meets("exists", given, true, _) if given != null

meets("exists", null, false, _) := true

meets("eq", given, wanted, _) if same(given, wanted)

meets("neq", given, wanted, _) if {
	given != null
	not same(given, wanted)
}

meets("in", given, wanted, _) if {
	given != null
	has(wanted, given)
}

# Not written with `every`: some Rego readers evaluate `not` within it wrongly.
meets("not_in", given, wanted, _) if {
	given != null
	not has(wanted, given)
}

meets("lt", given, wanted, _) if {
	is_number(given)
	given < wanted
}

meets("lte", given, wanted, _) if {
	is_number(given)
	given <= wanted
}

meets("gt", given, wanted, _) if {
	is_number(given)
	given > wanted
}

meets("gte", given, wanted, _) if {
	is_number(given)
	given >= wanted
}

meets("regex", given, wanted, _) if {
	is_string(given)
	regex.match(wanted, given)
}

meets("contains", given, wanted, _) if {
	is_string(given)
	is_string(wanted)
	contains(given, wanted)
}

meets("contains", given, wanted, _) if {
	is_array(given)
	has(given, wanted)
}

# What lies at a path, as a list; an argument that is not given is no element where `absent` says so.
elements(within, keys, absent) := list(object.get(within, keys, null), absent) if {
	is_object(within)
	count(keys) > 0
}

elements(within, [], absent) := list(within, absent)

list(value, _) := value if is_array(value)

list(null, true) := []

list(null, false) := [null]

list(value, _) := [value] if {
	not is_array(value)
	value != null
}

has(list, value) if {
	some one in list
	same(one, value)
}

# Numbers as numbers, all else as text.
same(a, b) if {
	a != null
	a == b
}

same(a, b) if {
	a != null
	text(a) == text(b)
}

text(value) := value if is_string(value)

text(value) := json.marshal(value) if not is_string(value)
