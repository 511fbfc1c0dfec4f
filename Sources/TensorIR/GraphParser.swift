import Basics

/// Why a graph's text could not be read.
package struct GraphSyntaxError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    package let message: String

    package var description: String { "line \(line): \(message)" }
}

extension Graph {
    /// Reads the text form, one statement a line; `#` starts a comment. A purely numeric name is no name. Checks the grammar and that names are
    /// declared before they are used; `verify` and the operators check the rest.
    package init(parsing text: String) throws(GraphSyntaxError) {
        var parser = GraphParser()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            try parser.read(line, number: index + 1)
        }
        self = parser.graph
    }
}

/// Reads a graph line by line.
private struct GraphParser {
    var graph = Graph(name: "")
    var valuesByName: [String: ValueID] = [:]

    mutating func read(_ text: Substring, number: Int) throws(GraphSyntaxError) {
        var line = LineScanner(text, number: number)
        guard !line.isAtEnd else { return }
        if line.peek("%") { return try node(&line, results: try names(&line)) }
        switch try line.word() {
        case "graph":
            let name = try line.word()
            graph.name = name == "_" ? "" : name
        case "input":
            let (name, type) = try declaration(&line)
            try declare(name, graph.addInput(type, .activation, name: Self.kept(name)), line)
        case "constant": try constant(&line)
        case "state":
            let (name, type) = try declaration(&line)
            try line.expect("=")
            try line.expect("weight")
            try declare(name, graph.addInput(type, .state(try line.string()), name: Self.kept(name)), line)
        case "update":
            let state = try value(&line)
            try line.expect("=")
            graph.updates.append(Graph.Update(state: state, value: try value(&line)))
        case "output":
            for name in try names(&line) { graph.outputs.append(try find(name, line)) }
        case let operation: try node(&line, operation: operation, results: [])
        }
        guard line.isAtEnd else { throw line.error("unexpected '\(line.rest)'") }
    }

    private mutating func constant(_ line: inout LineScanner) throws(GraphSyntaxError) {
        let (name, type) = try declaration(&line)
        try line.expect("=")
        let source: ConstantSource
        switch try line.word() {
        case "weight": source = .weight(try line.string())
        case "operand": source = .operand
        case "dense": source = .literal(try line.bytes())
        case let other: throw line.error("'\(other)' is not weight, operand or dense")
        }
        try declare(name, graph.addInput(type, .constant(source), name: Self.kept(name)), line)
    }

    private mutating func node(_ line: inout LineScanner, results: [String]) throws(GraphSyntaxError) {
        try line.expect("=")
        try node(&line, operation: try line.word(), results: results)
    }

    private mutating func node(
        _ line: inout LineScanner, operation: String, results: [String]
    ) throws(GraphSyntaxError) {
        try line.expect("(")
        var operands: [ValueID] = []
        if !line.peek(")") { for name in try names(&line) { operands.append(try find(name, line)) } }
        try line.expect(")")
        let attributes = line.peek("{") ? try attributes(&line) : [:]
        var types: [TensorType] = []
        if !results.isEmpty {
            try line.expect(":")
            repeat { types.append(try line.tensorType()) } while line.accept(",")
        }
        guard types.count == results.count else { throw line.error("\(results.count) results, \(types.count) types") }
        let values = graph.append(operation, operands, attributes, types: types, names: results.map(Self.kept))
        for (name, value) in zip(results, values) { try declare(name, value, line) }
        guard line.isAtEnd else { throw line.error("unexpected '\(line.rest)'") }
    }

    private func attributes(_ line: inout LineScanner) throws(GraphSyntaxError) -> Attributes {
        var attributes = Attributes()
        try line.expect("{")
        while !line.peek("}") {
            let name = try line.word()
            guard attributes[name] == nil else { throw line.error("attribute \(name) stands twice") }
            try line.expect("=")
            attributes[name] = try line.attributeValue()
            guard line.accept(",") else { break }
        }
        try line.expect("}")
        return attributes
    }

    private func declaration(_ line: inout LineScanner) throws(GraphSyntaxError) -> (String, TensorType) {
        try line.expect("%")
        let name = try line.word()
        try line.expect(":")
        return (name, try line.tensorType())
    }

    private func names(_ line: inout LineScanner) throws(GraphSyntaxError) -> [String] {
        var names: [String] = []
        repeat {
            try line.expect("%")
            names.append(try line.word())
        } while line.accept(",")
        return names
    }

    private func value(_ line: inout LineScanner) throws(GraphSyntaxError) -> ValueID {
        try line.expect("%")
        return try find(try line.word(), line)
    }

    private func find(_ name: String, _ line: LineScanner) throws(GraphSyntaxError) -> ValueID {
        guard let value = valuesByName[name] else { throw line.error("%\(name) is not declared") }
        return value
    }

    private mutating func declare(_ name: String, _ value: ValueID, _ line: LineScanner) throws(GraphSyntaxError) {
        guard valuesByName.updateValue(value, forKey: name) == nil else { throw line.error("%\(name) is declared twice") }
    }

    /// A number is what an unnamed value prints as.
    private static func kept(_ name: String) -> String { name.allSatisfy(\.isNumber) ? "" : name }
}
