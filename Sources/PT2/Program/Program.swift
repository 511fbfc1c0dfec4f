import Basics

/// A captured program as the archive states it: plain data, no meaning of operators.
///
/// Names of values are unique in their graph. Omitted arguments have the defaults of the operator's schema. Operators that write their
/// arguments in place are still there. Where the nodes come from in the user's source is kept beside, in `origins`.
package struct Program: Sendable {
    /// The name of the model in the archive, `model` for `torch.export.save`.
    package var name: String
    package var schemaVersion: SchemaVersion
    /// The release that wrote the program, for example `2.15.0+cu132`; empty in older files.
    package var torchVersion: String
    package var graph: Graph
    package var signature: Signature
    /// Entry 0 (path "") holds the program's own calling convention, the others name its modules.
    package var moduleCalls: [ModuleCall]
    /// The bounds of each symbol, sorted by symbol.
    package var rangeConstraints: [RangeConstraint]
    /// Conditions on the inputs, Python text; never evaluated.
    package var guards: [String]
    package var origins: Origins
    /// What a reader should be told although the program was read.
    package var warnings: [Diagnostic]

    /// The version of the schema that a program is written in. Any minor of the majors 7 and 8 is read.
    package struct SchemaVersion: Hashable, Sendable {
        package var major: Int
        package var minor: Int

        /// The newest version that the tests cover.
        package static let newestTested = SchemaVersion(major: 8, minor: 20)

        /// Major version 7 is that of PyTorch 2.5; what changed after it are fields that it did not have.
        static let readMajors = 7...8
    }

    /// The values that a symbolic size may have; nil for unbounded.
    package struct RangeConstraint: Hashable, Sendable {
        package var symbol: String
        package var minimum: Int?
        package var maximum: Int?
    }

    /// A module of the program, and for the program itself how it is called.
    package struct ModuleCall: Hashable, Sendable {
        /// Path from the root module, for example `layer1.0.conv1`; empty for the root.
        package var path: String
        package var convention: CallingConvention?
    }
}

extension Program {
    /// A list of nodes in execution order with the types of all their values.
    package struct Graph: Hashable, Sendable {
        package var inputs: [Argument]
        package var outputs: [Argument]
        package var nodes: [Node]
        /// The type of every tensor of this graph, inputs included.
        package var tensors: [String: TensorType]
        /// The symbolic integers, with the value that they had at capture.
        package var integers: [String: SymbolicInteger]
        package var floats: [String: SymbolicScalar]
        package var booleans: [String: SymbolicScalar]
        /// The class of each custom object.
        package var customObjects: [String: String]
        /// In a sub-graph: the operator returns the one result itself, not a list of it.
        package var returnsSingleTensor: Bool

        package init(inputs: [Argument] = [], outputs: [Argument] = [], nodes: [Node] = [], tensors: [String: TensorType] = [:]) {
            self.inputs = inputs
            self.outputs = outputs
            self.nodes = nodes
            self.tensors = tensors
            integers = [:]
            floats = [:]
            booleans = [:]
            customObjects = [:]
            returnsSingleTensor = false
        }
    }

    /// One call of an operator.
    package struct Node: Hashable, Sendable {
        package var name: String
        /// The operator, for example `torch.ops.aten.conv2d.default`.
        package var target: String
        /// The arguments that differ from the schema's defaults; match them by name.
        package var inputs: [NamedArgument]
        /// One entry a result. Unused results are listed too; a list of tensors is one entry.
        package var outputs: [Argument]
        /// Where the node comes from, in `Program.origins`.
        package var origin: OriginID

        package init(
            name: String, target: String, inputs: [NamedArgument] = [], outputs: [Argument] = [], origin: OriginID = .none
        ) {
            self.name = name
            self.target = target
            self.inputs = inputs
            self.outputs = outputs
            self.origin = origin
        }

        /// The argument called `name`, or nil when it was omitted.
        package subscript(argument name: String) -> Argument? {
            inputs.first { $0.name == name }?.value
        }
    }

    /// An argument under its name in the operator's schema.
    package struct NamedArgument: Hashable, Sendable {
        package var name: String
        package var value: Argument

        package init(_ name: String, _ value: Argument) {
            self.name = name
            self.value = value
        }
    }

    /// The type of a tensor as the archive states it. Strides and offset count elements.
    package struct TensorType: Hashable, Sendable {
        package var scalarType: ScalarType
        package var sizes: [SymbolicInteger]
        package var strides: [SymbolicInteger]
        package var storageOffset: SymbolicInteger
        package var layout: Layout

        package init(
            _ scalarType: ScalarType, _ sizes: [SymbolicInteger], strides: [SymbolicInteger], storageOffset: SymbolicInteger = .constant(0),
            layout: Layout = .strided
        ) {
            self.scalarType = scalarType
            self.sizes = sizes
            self.strides = strides
            self.storageOffset = storageOffset
            self.layout = layout
        }
    }
}
