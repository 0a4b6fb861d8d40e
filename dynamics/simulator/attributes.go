package simulator

import (
	"slices"
	"strings"
)

// castable are the types that an attribute can be cast to; EnumAttributeMetadata is not among them.
var castable = []string{
	"StringAttributeMetadata", "MemoAttributeMetadata", "IntegerAttributeMetadata", "BigIntAttributeMetadata",
	"DecimalAttributeMetadata", "MoneyAttributeMetadata", "DoubleAttributeMetadata", "BooleanAttributeMetadata",
	"DateTimeAttributeMetadata", "PicklistAttributeMetadata", "StateAttributeMetadata", "StatusAttributeMetadata",
	"LookupAttributeMetadata", "UniqueIdentifierAttributeMetadata", "MultiSelectPicklistAttributeMetadata",
	"ImageAttributeMetadata", "FileAttributeMetadata", "EntityNameAttributeMetadata", "ManagedPropertyAttributeMetadata",
}

// typedNames are properties that only some types of attribute have: they can be selected behind a
// cast alone.
var typedNames = []string{
	"MaxLength", "FormatName", "Format", "DatabaseLength", "ImeMode", "MinValue", "MaxValue", "Precision", "PrecisionSource",
	"DateTimeBehavior", "DefaultFormValue", "DefaultValue", "Targets", "AutoNumberFormat", "IsLocalizable",
}

// typeName gives the AttributeType and, before "Type", the AttributeTypeName of a kind; with
// AttributeMetadata behind it is the metadata type.
func (c *attribute) typeName() (attributeType, metadataType string) {
	switch c.kind {
	case kindString:
		return "String", "String"
	case kindMemo:
		return "Memo", "Memo"
	case kindInteger:
		return "Integer", "Integer"
	case kindBigInt:
		return "BigInt", "BigInt"
	case kindDecimal:
		return "Decimal", "Decimal"
	case kindMoney:
		return "Money", "Money"
	case kindDouble:
		return "Double", "Double"
	case kindBoolean:
		return "Boolean", "Boolean"
	case kindDate, kindDateTime:
		return "DateTime", "DateTime"
	case kindChoice:
		return "Picklist", "Picklist"
	case kindChoices:
		return "Virtual", "MultiSelectPicklist"
	case kindState:
		return "State", "State"
	case kindStatus:
		return "Status", "Status"
	case kindLookup:
		return c.lookupType(), "Lookup"
	default:
		return "Uniqueidentifier", "UniqueIdentifier"
	}
}

// displayType is the AttributeTypeName: it came later than AttributeType, and knows all types.
func (c *attribute) displayType() string {
	attributeType, metadataType := c.typeName()
	if c.kind == kindChoices {
		return metadataType
	}
	return attributeType
}

func (c *attribute) lookupType() string {
	switch {
	case c.name == "ownerid":
		return "Owner"
	case len(c.targets) > 1:
		return "Customer"
	default:
		return "Lookup"
	}
}

func (c *attribute) metadataType() string {
	_, name := c.typeName()
	return name + "AttributeMetadata"
}

// metadata is the column as an attribute.
func (c *attribute) metadata(t *table) object {
	attributeType, _ := c.typeName()
	id := c.kind == kindID
	primaryName := c.name == t.primaryName
	o := object{
		{typeMember, "#" + functionPrefix + c.metadataType()},
		{"MetadataId", c.id.String()}, {"LogicalName", c.name}, {"SchemaName", c.schema}, {"EntityLogicalName", t.logical},
		{"AttributeType", attributeType}, {"AttributeTypeName", object{{"Value", c.displayType() + "Type"}}},
		{"AttributeOf", nil}, {"ColumnNumber", c.number}, {"SourceType", c.sourceType()},
		{"IsCustomAttribute", c.custom}, {"IsPrimaryId", id}, {"IsPrimaryName", primaryName}, {"IsManaged", !c.custom},
		{"IsLogical", c.compute != nil && !id}, {"IsValidODataAttribute", true}, {"IsSecured", c.secured},
		{"CanBeSecuredForRead", c.custom}, {"CanBeSecuredForUpdate", c.custom}, {"CanBeSecuredForCreate", c.custom},
		{"IsValidForRead", true}, {"IsValidForCreate", !c.readOnly}, {"IsValidForUpdate", !c.readOnly && !id},
		{"IsValidForAdvancedFind", managed(true, "canmodifysearchsettings")}, {"IsAuditEnabled", managed(true, "canmodifyauditsettings")},
		{"RequiredLevel", object{{"Value", c.required}, {"CanBeChanged", c.required != "SystemRequired"}, {"ManagedPropertyLogicalName", "canmodifyrequirementlevelsettings"}}},
		{"DisplayName", c.localized(c.display, "display")}, {"Description", c.localized("", "description")},
		{"IntroducedVersion", "1.0.0.0"}, {"DeprecatedVersion", nil}, {"HasChanged", nil},
	}
	return append(o, c.typeMetadata()...)
}

func (c *attribute) sourceType() any {
	if c.kind == kindLookup || c.kind == kindID || c.kind == kindChoices || c.kind.isChoice() {
		return nil
	}
	return 0
}

func managed(value bool, name string) object {
	return object{{"Value", value}, {"CanBeChanged", true}, {"ManagedPropertyLogicalName", name}}
}

const english = 1033

// localized is a label, in the one language of this environment; without text it is empty.
func (c *attribute) localized(text, purpose string) object {
	seed := int64(c.number)
	for _, b := range []byte(c.name + purpose + text) {
		seed = int64(mix(uint64(seed) ^ uint64(b)))
	}
	return label(text, generated(seed, purposeMetadata, 0).String(), !c.custom)
}

func label(text, id string, isManaged bool) object {
	if text == "" {
		return object{{"LocalizedLabels", []object{}}, {"UserLocalizedLabel", nil}}
	}
	one := object{{"Label", text}, {"LanguageCode", english}, {"IsManaged", isManaged}, {"MetadataId", id}, {"HasChanged", nil}}
	return object{{"LocalizedLabels", []object{one}}, {"UserLocalizedLabel", one}}
}

const (
	bytesPerCharacter = 2 // SQL Server's nvarchar
	minDate           = "1753-01-01T00:00:00Z"
)

// typeMetadata is what only the column's own type of metadata has.
func (c *attribute) typeMetadata() object {
	switch c.kind {
	case kindString:
		return object{{"MaxLength", c.maxLength}, {"Format", c.oldFormat()}, {"FormatName", object{{"Value", c.format}}},
			{"DatabaseLength", c.maxLength * bytesPerCharacter}, {"ImeMode", "Auto"}, {"IsLocalizable", false}, {"AutoNumberFormat", ""},
			{"FormulaDefinition", ""}, {"SourceTypeMask", 0}, {"YomiOf", nil}}
	case kindMemo:
		return object{{"MaxLength", c.maxLength}, {"Format", c.format}, {"FormatName", object{{"Value", c.format}}}, {"ImeMode", "Auto"}, {"IsLocalizable", false}}
	case kindInteger:
		return object{{"MinValue", int64(c.min)}, {"MaxValue", int64(c.max)}, {"Format", c.format}, {"FormulaDefinition", ""}, {"SourceTypeMask", 0}}
	case kindBigInt:
		return object{{"MinValue", int64(-1 << 63)}, {"MaxValue", int64(1<<63 - 1)}}
	case kindDecimal, kindDouble:
		return object{{"MinValue", c.min}, {"MaxValue", c.max}, {"Precision", c.precision}, {"ImeMode", "Auto"}}
	case kindMoney:
		return object{{"MinValue", c.min}, {"MaxValue", c.max}, {"Precision", c.precision}, {"PrecisionSource", 2}, {"ImeMode", "Auto"},
			{"CalculationOf", nil}, {"IsBaseCurrency", false}}
	case kindDate:
		return dateMetadata("DateOnly", "DateOnly")
	case kindDateTime:
		return dateMetadata("DateAndTime", "UserLocal")
	case kindBoolean:
		return object{{"DefaultValue", c.fallback != nil && *c.fallback != 0}, {"OptionSet", c.booleanOptions()}, {"GlobalOptionSet", nil}}
	case kindChoice, kindChoices, kindState, kindStatus:
		return object{{"DefaultFormValue", c.defaultOption()}, {"OptionSet", c.optionSet()}, {"GlobalOptionSet", nil}, {"ParentPicklistLogicalName", nil}, {"ChildPicklistLogicalNames", []string{}}}
	case kindLookup:
		return object{{"Targets", c.targets}, {"Format", "None"}}
	default:
		return nil
	}
}

// oldFormat is the enumeration that came before FormatName and does not know all of its values.
func (c *attribute) oldFormat() string {
	if slices.Contains([]string{"Email", "Text", "TextArea", "Url", "TickerSymbol", "PhoneticGuide", "VersionNumber", "Phone"}, c.format) {
		return c.format
	}
	return "Text"
}

func dateMetadata(format, behavior string) object {
	return object{{"Format", format}, {"DateTimeBehavior", object{{"Value", behavior}}}, {"CanChangeDateTimeBehavior", managed(false, "canchangedatetimebehavior")},
		{"MinSupportedValue", minDate}, {"MaxSupportedValue", "9999-12-30T23:59:59Z"}, {"ImeMode", "Auto"}}
}

func (c *attribute) defaultOption() int64 {
	if c.fallback == nil {
		return -1
	}
	return *c.fallback
}

func (c *attribute) option(o optionItem) object {
	return object{{"Value", o.value}, {"Color", nil}, {"IsManaged", !c.custom}, {"ExternalValue", nil}, {"ParentValues", []string{}}, {"Tag", nil},
		{"IsHidden", false}, {"MetadataId", nil}, {"HasChanged", nil}, {"Label", c.localized(o.label, "option")}, {"Description", c.localized("", "option")}}
}

func (c *attribute) optionSetHead(kind string) object {
	return object{{"MetadataId", generated(int64(c.number), purposeMetadata, len(c.name)).String()}, {"Name", "contact_" + c.name},
		{"IsCustomOptionSet", c.custom}, {"IsGlobal", false}, {"IsManaged", !c.custom}, {"OptionSetType", kind}, {"DisplayName", c.localized(c.display, "set")}}
}

func (c *attribute) optionSet() object {
	list := make([]object, len(c.options))
	for i, o := range c.options {
		list[i] = c.option(o)
		if c.kind == kindStatus {
			list[i] = append(list[i], jsonMember{"State", o.value - 1})
		}
	}
	return append(c.optionSetHead(strings.TrimPrefix(strings.TrimSuffix(c.metadataType(), "AttributeMetadata"), "MultiSelect")), jsonMember{"Options", list})
}

func (c *attribute) booleanOptions() object {
	return append(c.optionSetHead("Boolean"), jsonMember{"TrueOption", c.option(c.options[1])}, jsonMember{"FalseOption", c.option(c.options[0])})
}
