import ArgumentParser
import WherryImages

// Before anything else: the worker confines itself while it has one thread.
if CommandLine.arguments.dropFirst().first == "fetch" {
  FetchWorker.main(Array(CommandLine.arguments.dropFirst(2)))
}

print("wherry")
