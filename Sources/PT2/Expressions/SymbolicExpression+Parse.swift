extension SymbolicExpression {
    /// Reads `srepr` text: `Name(argument, …, key=value)`, quoted strings, numbers and bare names; and what Python prints, with operators
    /// between (`2*s0 + 1`), as PyTorch 2.5 wrote it. Depth and length are bounded.
    package init(parsing text: String) throws(ExpressionProblem) {
        guard text.utf8.count <= Limits.expressionBytes else { throw .tooLong }
        var parser = Parser(text: Array(text.utf8))
        self = try parser.expression(depth: 0)
        guard parser.peek() == 0, parser.position == parser.text.count else {
            throw .expected("the end of the expression", at: parser.position)
        }
    }

    struct Parser {
        let text: [UInt8]
        var position = 0
        /// Operators that took their left side so far, each of which nests it one deeper.
        var leftNestings = 0

        /// The first byte that is not a space; 0 at the end.
        mutating func peek() -> UInt8 {
            while position < text.count, text[position] == UInt8(ascii: " ") { position += 1 }
            return position < text.count ? text[position] : 0
        }

        mutating func consume(_ byte: UInt8) -> Bool {
            guard peek() == byte else { return false }
            position += 1
            return true
        }

        /// What stands between operators.
        mutating func leaf(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
            switch peek() {
            case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
            case UInt8(ascii: "'"), UInt8(ascii: "\""): return .symbol(try quoted())
            default: return try named(depth: depth)
            }
        }

        /// A bare name, or a call with its arguments. The assumptions of a symbol (`integer=True`) are read and dropped.
        private mutating func named(depth: Int) throws(ExpressionProblem) -> SymbolicExpression {
            let name = try identifier()
            guard consume(UInt8(ascii: "(")) else { return constant(name) }
            var arguments: [SymbolicExpression] = []
            var isFirst = true
            while !consume(UInt8(ascii: ")")) {
                guard isFirst || consume(UInt8(ascii: ",")) else { throw .expected("',' or ')'", at: position) }
                isFirst = false
                if try skipKeyword() {
                    _ = try expression(depth: depth + 1)
                } else {
                    arguments.append(try expression(depth: depth + 1))
                }
            }
            return try call(name, arguments)
        }

        /// The wrappers that `srepr` puts around leaves are taken off.
        private func call(
            _ name: String, _ arguments: [SymbolicExpression]
        ) throws(ExpressionProblem) -> SymbolicExpression {
            switch (name, arguments.first, arguments.count) {
            case ("Symbol", .symbol(let symbol), 1), ("Dummy", .symbol(let symbol), 1): return .symbol(symbol)
            case ("Integer", .integer(let value), 1): return .integer(value)
            case ("Float", .symbol(let digits), 1):
                guard let value = Double(digits) else { throw .wrongArguments(name) }
                return .float(value)
            case ("Symbol", _, _), ("Dummy", _, _), ("Integer", _, _), ("Float", _, _): throw .wrongArguments(name)
            default: return .call(name, arguments)
            }
        }

        private func constant(_ name: String) -> SymbolicExpression {
            switch name {
            case "true", "True": return .boolean(true)
            case "false", "False": return .boolean(false)
            case "oo", "int_oo": return .float(.infinity)
            case "None": return .call(name, [])
            default: return .symbol(name)
            }
        }

        /// Whether `name=` comes next; consumed when it does.
        private mutating func skipKeyword() throws(ExpressionProblem) -> Bool {
            _ = peek()
            let start = position
            while position < text.count, Self.isNameByte(text[position]) { position += 1 }
            if position > start, consume(UInt8(ascii: "=")), peek() != UInt8(ascii: "=") { return true }
            position = start
            return false
        }

        /// The last component of a dotted name.
        private mutating func identifier() throws(ExpressionProblem) -> String {
            let start = position
            while position < text.count, Self.isNameByte(text[position]) { position += 1 }
            let path = String(decoding: text[start..<position], as: UTF8.self)
            guard let name = path.split(separator: ".").last, name.first?.isNumber == false else {
                throw .expected("a name", at: start)
            }
            return String(name)
        }

        private mutating func quoted() throws(ExpressionProblem) -> String {
            let quote = text[position]
            let start = position + 1
            position = start
            while position < text.count, text[position] != quote, text[position] != UInt8(ascii: "\\") { position += 1 }
            guard position < text.count, text[position] == quote else { throw .expected("a closing quote", at: position) }
            position += 1
            return String(decoding: text[start..<position - 1], as: UTF8.self)
        }

        private mutating func number() throws(ExpressionProblem) -> SymbolicExpression {
            let start = position
            while position < text.count, isNumberByte(position, start: start) { position += 1 }
            let digits = String(decoding: text[start..<position], as: UTF8.self)
            if let value = Int(digits) { return .integer(value) }
            guard digits.contains(where: { ".eE".contains($0) }), let value = Double(digits) else { throw .numberOutOfRange }
            return .float(value)
        }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."):
                true
            default: false
            }
        }

        /// A sign belongs to a number at its start and behind the letter of its exponent.
        private func isNumberByte(_ index: Int, start: Int) -> Bool {
            switch text[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): true
            case UInt8(ascii: "-"), UInt8(ascii: "+"): index == start || text[index - 1] | 0x20 == UInt8(ascii: "e")
            default: false
            }
        }
    }
}
