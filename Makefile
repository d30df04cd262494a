# check is what must be green before every commit; CI runs the same.
.PHONY: check test fmt update engines
check: fmt
	go vet ./...
	go test ./...

fmt:
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w ."; exit 1; }

test:
	go test ./...

# update rewrites every golden file and generated document; CI fails when that changes anything.
update:
	go test . -run TestProofs -update
	go test . ./backends/spl ./internal/conformance ./frontends/spl -update

# engines builds what translations are executed on (Debian and Maven; two minutes on two cores, ready after that).
engines:
	engines/prepare.sh .engines
