extension String: CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.readText() }
  package func encode(to writer: inout CBORWriter) { writer.writeText(self) }
}

extension UInt64: CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.readUInt() }
  package func encode(to writer: inout CBORWriter) { writer.writeUInt(self) }
}

extension Int64: CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.readInt() }
  package func encode(to writer: inout CBORWriter) { writer.writeInt(self) }
}

extension Bool: CBORDecodable, CBOREncodable {
  package init(from reader: inout CBORReader) throws(CBORError) { self = try reader.readBool() }
  package func encode(to writer: inout CBORWriter) { writer.writeBool(self) }
}
