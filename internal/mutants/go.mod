// Small mistakes, put into the code one at a time, that the tests have to notice. Std only: importers never see it.
module github.com/fakedockerd/fakedockerd/internal/mutants

go 1.25.0
