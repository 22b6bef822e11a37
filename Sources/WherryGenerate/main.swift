import Glibc

// swift run WherryGenerate           writes every generated file that is out of date
// swift run WherryGenerate --check   writes nothing; exits 1 if one is, and names it

let arguments = CommandLine.arguments.dropFirst()
guard arguments.isEmpty || arguments.elementsEqual(["--check"]) else {
  print("usage: WherryGenerate [--check]   (in the folder of Package.swift)")
  exit(2)
}

do {
  let generator = Generator(root: ".")
  let outputs = try generator.outputs()
  if arguments.isEmpty {
    try generator.write(outputs)
  } else {
    let stale = try generator.stale(outputs)
    for path in stale { print("\(path) is stale: run `swift run WherryGenerate`") }
    if !stale.isEmpty { exit(1) }
  }
} catch {
  print("\(error)")
  exit(2)
}
