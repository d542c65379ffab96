// Package template evaluates the Packer template as Packer does: variables with their values, types and validations, locals,
// then the source against a specification of the builder's options.
//
// It stands in for `packer validate`, whose module cannot be obtained everywhere; README.md of packer/ says what it leaves out.
package template

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/hashicorp/go-cty-funcs/cidr"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// Template is a folder of *.pkr.hcl files with all that its expressions may refer to.
type Template struct {
	Context *hcl.EvalContext
	Packer  *hcl.Block
	Source  *hcl.Block
	Build   *hcl.Block
}

var functions = map[string]function.Function{
	"can": tryfunc.CanFunc, "cidrhost": cidr.HostFunc, "coalesce": stdlib.CoalesceFunc, "concat": stdlib.ConcatFunc,
	"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "floor": stdlib.FloorFunc, "formatdate": stdlib.FormatDateFunc,
	"join": stdlib.JoinFunc, "jsonencode": stdlib.JSONEncodeFunc, "length": stdlib.LengthFunc, "regex": stdlib.RegexFunc,
	"replace": stdlib.ReplaceFunc, "sort": stdlib.SortFunc, "split": stdlib.SplitFunc,
	"timestamp": function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.StringVal(time.Now().UTC().Format(time.RFC3339)), nil
		},
	}),
}

var blocks = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "packer"}, {Type: "locals"}, {Type: "build"},
	{Type: "variable", LabelNames: []string{"name"}},
	{Type: "source", LabelNames: []string{"type", "name"}},
}}

// Load reads the folder's template with the values of the variable files, later ones first in rank.
func Load(folder string, valueFiles ...string) (*Template, error) {
	parser := hclparse.NewParser()
	paths, err := filepath.Glob(filepath.Join(folder, "*.pkr.hcl"))
	if err != nil || len(paths) == 0 {
		return nil, fmt.Errorf("no template in %s: %v", folder, err)
	}
	var found hcl.Blocks
	for _, path := range paths {
		file, diagnostics := parser.ParseHCLFile(path)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		content, diagnostics := file.Body.Content(blocks)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		found = append(found, content.Blocks...)
	}
	values, err := readValues(parser, valueFiles)
	if err != nil {
		return nil, err
	}
	template := &Template{Context: &hcl.EvalContext{Functions: functions}}
	variables, err := evaluateVariables(found.OfType("variable"), values)
	if err != nil {
		return nil, err
	}
	template.Context.Variables = map[string]cty.Value{
		"var":  cty.ObjectVal(variables),
		"path": cty.ObjectVal(map[string]cty.Value{"root": cty.StringVal(folder)}),
	}
	locals := map[string]cty.Value{}
	for _, block := range found.OfType("locals") {
		attributes, diagnostics := block.Body.JustAttributes()
		for name, attribute := range attributes {
			value, more := attribute.Expr.Value(template.Context)
			diagnostics = append(diagnostics, more...)
			locals[name] = value
		}
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
	}
	template.Context.Variables["local"] = cty.ObjectVal(locals)
	for kind, place := range map[string]**hcl.Block{"packer": &template.Packer, "source": &template.Source, "build": &template.Build} {
		if len(found.OfType(kind)) != 1 {
			return nil, fmt.Errorf("%d blocks %s, not one", len(found.OfType(kind)), kind)
		}
		*place = found.OfType(kind)[0]
	}
	return template, nil
}

func readValues(parser *hclparse.Parser, paths []string) (map[string]cty.Value, error) {
	values := map[string]cty.Value{}
	for _, path := range paths {
		file, diagnostics := parser.ParseHCLFile(path)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		attributes, diagnostics := file.Body.JustAttributes()
		for name, attribute := range attributes {
			value, more := attribute.Expr.Value(nil)
			diagnostics = append(diagnostics, more...)
			values[name] = value
		}
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
	}
	return values, nil
}

var variableBody = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{{Name: "type", Required: true}, {Name: "description", Required: true}, {Name: "default"}, {Name: "sensitive"}},
	Blocks:     []hcl.BlockHeaderSchema{{Type: "validation"}},
}

var validationBody = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "condition", Required: true}, {Name: "error_message", Required: true},
}}

func evaluateVariables(declared hcl.Blocks, values map[string]cty.Value) (map[string]cty.Value, error) {
	result := map[string]cty.Value{}
	for _, block := range declared {
		name := block.Labels[0]
		content, diagnostics := block.Body.Content(variableBody)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		kind, diagnostics := typeexpr.TypeConstraint(content.Attributes["type"].Expr)
		if diagnostics.HasErrors() {
			return nil, diagnostics
		}
		value, given := values[name]
		if !given {
			fallback, ok := content.Attributes["default"]
			if !ok {
				return nil, fmt.Errorf("variable %s has no value", name)
			}
			if value, diagnostics = fallback.Expr.Value(nil); diagnostics.HasErrors() {
				return nil, diagnostics
			}
		}
		delete(values, name)
		value, err := convert.Convert(value, kind)
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", name, err)
		}
		result[name] = value
		if err := validate(name, value, content.Blocks); err != nil {
			return nil, err
		}
	}
	for name := range values {
		return nil, fmt.Errorf("a value for %s, which is no variable", name)
	}
	return result, nil
}

func validate(name string, value cty.Value, validations hcl.Blocks) error {
	context := &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{name: value})}}
	for _, block := range validations {
		content, diagnostics := block.Body.Content(validationBody)
		if diagnostics.HasErrors() {
			return diagnostics
		}
		holds, diagnostics := content.Attributes["condition"].Expr.Value(context)
		if diagnostics.HasErrors() {
			return diagnostics
		}
		if holds.False() {
			message, _ := content.Attributes["error_message"].Expr.Value(context)
			return fmt.Errorf("variable %s: %s", name, message.AsString())
		}
	}
	return nil
}
