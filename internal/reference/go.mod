module github.com/fakedockerd/fakedockerd/internal/reference

go 1.26.0

require (
	github.com/fakedockerd/fakedockerd v0.0.0
	github.com/google/go-cmp v0.7.0
)

replace github.com/fakedockerd/fakedockerd => ../..
