# What no plan of aback may do here, for conftest or `opa eval`; the plan file is
# the input, and `aback schema --plan` says what is in it.
package main

import rego.v1

# Data that no backout brings back is not destroyed.
deny contains message if {
	some change in input.changes
	change.reversibility in {"lossy", "one-way"}
	message := sprintf("%s:%s is %s", [change.address, change.setting, change.reversibility])
}

# Nothing restarts outside of a plan of its own.
deny contains message if {
	restarts := [change | some change in input.changes; change.effect == "restart"]
	count(restarts) > 0
	count(restarts) < count(input.changes)
	message := sprintf("%d of %d changes restart something: plan them alone", [count(restarts), count(input.changes)])
}

# A call without a way back is looked at by a person.
warn contains message if {
	some step in input.steps
	step.backout == null
	message := sprintf("%s of %s has no way back: %s", [step.call, step.address, step.backout_reason])
}
