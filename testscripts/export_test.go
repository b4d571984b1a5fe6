package testscripts

// Elsewhere returns p for a machine that has no namespaces.
func Elsewhere(p Params) Params {
	p.elsewhere = true
	return p
}

var (
	NewCommand = newCommand
	Files      = Params.files
)
