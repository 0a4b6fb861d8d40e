module audienceflow/sandbox

go 1.26.8

require audienceflow v0.0.0

require (
	github.com/temporalio/ui-server/v2 v2.55.0 // indirect
	go.temporal.io/server v1.32.1 // indirect
)

replace audienceflow => ../
