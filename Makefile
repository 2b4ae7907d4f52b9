# The commands of this repository. `make` alone lists them.

.DEFAULT_GOAL := help
.PHONY: help demo demo-contour demo-eg cluster test check build bless bench clean cargo

XTASK := cargo xtask

help: ## list these targets
	@awk -F ' *: .*## |: ## ' '/^[a-z-]+:.*## /{printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: cargo ## run Envoy with the filters here; ARGS=--check runs its requests and ends
	@$(XTASK) demo $(ARGS)

demo-contour: cargo ## run Contour with the filters here, as root; ARGS=--check as above
	@$(XTASK) demo-contour $(ARGS)

demo-eg: cargo ## run Envoy Gateway with the filters here, as root; ARGS=--check as above
	@$(XTASK) demo-eg $(ARGS)

cluster: cargo ## leave Contour with contour-extension up on a real API server, as root, until Ctrl-C
	@$(XTASK) cluster

test: cargo ## run everything; ARGS="--from STEP" begins later, ARGS=--list names the steps
	@$(XTASK) test $(ARGS)

check: cargo ## run what one runs after every change: format, lints, native tests
	@$(XTASK) check $(ARGS)

build: cargo ## build the filters' modules into target/modules; ARGS=NAME builds one
	@$(XTASK) build $(ARGS)

bless: cargo ## rewrite the expectations of cases and all generated files
	@$(XTASK) bless $(ARGS)

bench: cargo ## measure what filters cost beside native ones
	@$(XTASK) bench $(ARGS)

clean: ## remove what was built here; the cache of tools stays
	@rm -rf target

cargo:
	@xtask/prepare.sh
