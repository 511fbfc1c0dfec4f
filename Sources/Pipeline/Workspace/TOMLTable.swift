import CTOML

/// A value of a TOML document.
package indirect enum TOMLValue: Hashable, Sendable {
    case string(String)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case array([TOMLValue])
    case table(TOMLTable)
    /// A date or a time, which nothing here is written as.
    case time

    var string: String? { if case .string(let value) = self { value } else { nil } }
    var int: Int? { if case .int(let value) = self { value } else { nil } }
    var double: Double? { if case .double(let value) = self { value } else { nil } }
    var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    var array: [TOMLValue]? { if case .array(let value) = self { value } else { nil } }
    var table: TOMLTable? { if case .table(let value) = self { value } else { nil } }
}

/// A table of a TOML document, or the whole document.
package struct TOMLTable: Hashable, Sendable {
    private var members: [String: TOMLValue] = [:]

    var keys: Dictionary<String, TOMLValue>.Keys { members.keys }

    subscript(key: String) -> TOMLValue? { members[key] }

    /// Reads a document.
    package init(string document: String) throws(TOMLError) {
        let builder = Builder()
        var visitor = Builder.visitor
        visitor.context = Unmanaged.passUnretained(builder).toOpaque()
        var problem = TOMLProblem()
        var copy = document
        let isRead = copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                CTOMLRead(TOMLText(bytes: text.baseAddress, count: text.count), &visitor, &problem)
            }
        }
        guard isRead else {
            let message = withUnsafeBytes(of: &problem.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            throw TOMLError(description: message, line: Int(problem.line))
        }
        members = withExtendedLifetime(builder) { builder.root }
    }

    fileprivate init(_ members: [String: TOMLValue]) { self.members = members }
}

/// Why a text is not TOML, and on which line, from 1.
package struct TOMLError: Error, CustomStringConvertible {
    package let description: String
    package let line: Int
}

/// Puts the values together as the reader comes to them.
private final class Builder {
    /// Tables and arrays that are not at their end, and under which key each will be.
    private var open: [(key: String, members: [String: TOMLValue], elements: [TOMLValue], isTable: Bool)] = [("", [:], [], true)]

    var root: [String: TOMLValue] { open[0].members }

    private func add(_ key: String, _ value: TOMLValue) {
        let last = open.count - 1
        if open[last].isTable { open[last].members[key] = value } else { open[last].elements.append(value) }
    }

    private func end() {
        guard open.count > 1, let done = open.popLast() else { return }
        add(done.key, done.isTable ? .table(TOMLTable(done.members)) : .array(done.elements))
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> Builder? {
        context.map { Unmanaged<Builder>.fromOpaque($0).takeUnretainedValue() }
    }

    static var visitor: TOMLVisitor {
        TOMLVisitor(
            context: nil,
            begin: { Builder.of($0)?.open.append((String($1), [:], [], $2)) },
            end: { Builder.of($0)?.end() },
            text: { Builder.of($0)?.add(String($1), .string(String($2))) },
            integer: { Builder.of($0)?.add(String($1), .int(Int($2))) },
            number: { Builder.of($0)?.add(String($1), .double($2)) },
            boolean: { Builder.of($0)?.add(String($1), .bool($2)) },
            time: { Builder.of($0)?.add(String($1), .time) })
    }
}

extension String {
    fileprivate init(_ text: TOMLText) {
        self.init(decoding: UnsafeRawBufferPointer(start: text.bytes, count: text.count), as: UTF8.self)
    }
}
