# check is what must be green before every commit; CI runs the same.
.PHONY: check test fmt update
check: fmt
	go vet ./...
	go test ./...

fmt:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w ."; exit 1; }

test:
	go test ./...

# update rewrites every golden file and generated document; CI fails when that changes anything.
update:
	go test . ./backends/spl ./internal/conformance ./frontends/spl -update
