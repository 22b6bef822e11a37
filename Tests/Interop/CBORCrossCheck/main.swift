import WherryCBOR

// Drives WherryCBOR for Tests/Interop/cbor_crosscheck.py.
//
// CBORCrossCheck echo                  of each line of hexadecimal on standard input, decodes the one
//                                      item strictly and prints it encoded again, or `error: …`
// CBORCrossCheck generate COUNT SEED   prints so many random items

let arguments = Array(CommandLine.arguments.dropFirst())

if arguments == ["echo"] {
  while let line = readLine() { print(echo(line)) }
} else if arguments.count == 3, arguments[0] == "generate", let count = Int(arguments[1]),
  let seed = UInt64(arguments[2])
{
  var generator = ItemGenerator(seed: seed)
  for _ in 0..<count { print(hex(generator.item())) }
} else {
  print("usage: CBORCrossCheck echo | generate COUNT SEED")
}

func echo(_ line: String) -> String {
  let digits = line.compactMap(\.hexDigitValue)
  let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  do {
    var reader = CBORReader(bytes)
    let item = try Item(from: &reader)
    try reader.requireEnd()
    var skipper = CBORReader(bytes)
    try skipper.skip()
    return hex(item.cbor)
  } catch {
    return "error: \(error)"
  }
}

func hex(_ bytes: [UInt8]) -> String {
  bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}
