import Basics

/// How a program is called: the nesting of its arguments and results, whose leaves are the graph's user inputs and outputs in order.
package struct CallingConvention: Hashable, Sendable {
    package var inputs: ArgumentTree
    package var outputs: ArgumentTree
    /// The names of the parameters of `forward`.
    package var argumentNames: [String]
}

/// A nesting of containers. A container of unknown class is an ordered list of children; its class is kept for messages.
package struct ArgumentTree: Hashable, Sendable {
    /// The container's class, for example `builtins.tuple`; nil for a leaf.
    package var type: String?
    /// What the container's class needs to be made again, JSON text: the keys of a dictionary.
    package var context: String?
    package var children: [ArgumentTree]

    package static let leaf = ArgumentTree(type: nil, context: nil, children: [])

    /// The number of leaves.
    package var leafCount: Int {
        type == nil ? 1 : children.reduce(0) { $0 + $1.leafCount }
    }

    /// Reads `[1, {"type": …, "context": …, "children_spec": […]}]`, JSON text inside the program's JSON.
    init(parsing text: String) throws(JSONError) {
        let storage = ByteStorage(Array(text.utf8))
        defer { withExtendedLifetime(storage) {} }
        var json = JSONReader(storage)
        try json.beginArray()
        guard try json.nextElement(), try json.integer() == 1, try json.nextElement() else {
            throw json.failure(.treeSpecification)
        }
        self = try Self(from: &json)
        guard try !json.nextElement() else { throw json.failure(.treeSpecification) }
        try json.finish()
    }

    private init(type: String?, context: String?, children: [ArgumentTree]) {
        self.type = type
        self.context = context
        self.children = children
    }

    private init(from json: inout JSONReader) throws(JSONError) {
        self = .leaf
        try json.beginObject()
        while let field = try json.nextField() {
            switch field {
            case .type: type = json.consumeNull() ? nil : try json.string()
            case .context: context = json.consumeNull() ? nil : try json.string()
            case .childrenSpec:
                children = try json.list { (json) throws(JSONError) in try ArgumentTree(from: &json) }
            default: try json.skip()
            }
        }
    }
}
