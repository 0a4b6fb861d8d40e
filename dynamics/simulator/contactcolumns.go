package simulator

import "fmt"

const (
	contactTypeCode = 2
	accountTypeCode = 1

	maxInteger      = 2147483647
	maxMoney        = 922337203685477
	statusActive    = 1
	statusInactive  = 2
	ownerTargetUser = 1
)

// newContactTable makes the contact table with the columns, lengths and display names that a
// Dynamics 365 environment has out of the box
// (https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/contact).
func newContactTable() *table {
	t := newTable("contact", "Contact", "contacts", "Contact", "Contacts", contactTypeCode)
	t.primaryName = "fullname"
	t.add(contactNames()...)
	t.add(contactReach()...)
	t.add(contactPerson()...)
	t.add(contactPreferences()...)
	for n := 1; n <= 3; n++ {
		t.add(address(n)...)
	}
	t.add(contactCompany()...)
	t.add(t.systemColumns("Contact")...)
	return t
}

func contactNames() []*attribute {
	last := text("LastName", "Last Name", 50)
	last.required = "ApplicationRequired"
	return []*attribute{
		computed(text("FullName", "Full Name", 160), fullName),
		text("FirstName", "First Name", 50), text("MiddleName", "Middle Name", 50), last,
		text("NickName", "Nickname", 100), text("Salutation", "Salutation", 100), text("Suffix", "Suffix", 10),
		formatted("YomiFirstName", "Yomi First Name", 150, "PhoneticGuide"),
		formatted("YomiMiddleName", "Yomi Middle Name", 150, "PhoneticGuide"),
		formatted("YomiLastName", "Yomi Last Name", 150, "PhoneticGuide"),
		formatted("YomiFullName", "Yomi Full Name", 450, "PhoneticGuide"),
	}
}

func contactReach() []*attribute {
	phone := func(schema, display string) *attribute { return formatted(schema, display, 50, "Phone") }
	email := func(schema, display string) *attribute { return formatted(schema, display, 100, "Email") }
	return []*attribute{
		email("EMailAddress1", "Email"), email("EMailAddress2", "Email Address 2"), email("EMailAddress3", "Email Address 3"),
		phone("Telephone1", "Business Phone"), phone("Telephone2", "Home Phone"), phone("Telephone3", "Telephone 3"),
		phone("MobilePhone", "Mobile Phone"), phone("Business2", "Business Phone 2"), phone("Home2", "Home Phone 2"),
		text("Fax", "Fax", 50), text("Pager", "Pager", 50), phone("Callback", "Callback Number"),
		phone("Company", "Company Phone"), phone("AssistantPhone", "Assistant Phone"), phone("ManagerPhone", "Manager Phone"),
		formatted("WebSiteUrl", "Website", 200, "Url"), formatted("FtpSiteUrl", "FTP Site", 200, "Url"),
	}
}

func contactPerson() []*attribute {
	return []*attribute{
		text("JobTitle", "Job Title", 100), text("Department", "Department", 100),
		text("AssistantName", "Assistant", 100), text("ManagerName", "Manager", 100),
		memo("Description", "Description", 2000),
		date("BirthDate", "Birthday"), date("Anniversary", "Anniversary"),
		choice("GenderCode", "Gender", numbered("Male", "Female")...),
		choice("FamilyStatusCode", "Marital Status", numbered("Single", "Married", "Divorced", "Widowed")...),
		text("SpousesName", "Spouse/Partner Name", 100),
		integer("NumberOfChildren", "No. of Children", 0, 1000000000), text("ChildrensNames", "Children's Names", 255),
		choice("HasChildrenCode", "Has Children", numbered("Default Value")...).withDefault(1),
		choice("EducationCode", "Education", numbered("Default Value")...).withDefault(1),
		text("GovernmentId", "Government", 50), text("EmployeeId", "Employee", 50),
		text("ExternalUserIdentifier", "External User Identifier", 50),
		number("AnnualIncome", "Annual Income", kindMoney, 0, 100000000000, 2),
		dateTime("LastUsedInCampaign", "Last Date Included in Campaign"),
		dateTime("LastOnHoldTime", "Last On Hold Time"),
	}
}

func contactPreferences() []*attribute {
	allow := func(schema, display string) *attribute { return flag(schema, display, "Allow", "Do Not Allow") }
	return []*attribute{
		choice("PreferredContactMethodCode", "Preferred Method of Contact", numbered("Any", "Email", "Phone", "Fax", "Mail")...).withDefault(1),
		choice("PreferredAppointmentDayCode", "Preferred Day", optionItem{0, "Sunday"}, optionItem{1, "Monday"}, optionItem{2, "Tuesday"},
			optionItem{3, "Wednesday"}, optionItem{4, "Thursday"}, optionItem{5, "Friday"}, optionItem{6, "Saturday"}),
		choice("PreferredAppointmentTimeCode", "Preferred Time", numbered("Morning", "Afternoon", "Evening")...),
		allow("DoNotEMail", "Do not allow Emails"), allow("DoNotBulkEMail", "Do not allow Bulk Emails"),
		allow("DoNotPhone", "Do not allow Phone Calls"), allow("DoNotFax", "Do not allow Faxes"),
		allow("DoNotPostalMail", "Do not allow Mails"), allow("DoNotBulkPostalMail", "Do not allow Bulk Mails"),
		flag("DoNotSendMM", "Send Marketing Materials", "Send", "Do Not Send"),
		flag("FollowEmail", "Follow Email Activity", "Do Not Allow", "Allow").withDefault(1),
		flag("MarketingOnly", "Marketing Only", "No", "Yes"), flag("ParticipatesInWorkflow", "Participates in Workflow", "No", "Yes"),
		flag("IsBackofficeCustomer", "Back Office Customer", "No", "Yes"),
		choice("LeadSourceCode", "Lead Source", numbered("Default Value")...).withDefault(1),
		choice("CustomerTypeCode", "Relationship Type", numbered("Default Value")...).withDefault(1),
		choice("CustomerSizeCode", "Customer Size", numbered("Default Value")...).withDefault(1),
		choice("ShippingMethodCode", "Shipping Method", numbered("Default Value")...).withDefault(1),
		choice("TerritoryCode", "Territory", numbered("Default Value")...).withDefault(1),
	}
}

func contactCompany() []*attribute {
	return []*attribute{
		customer("ParentCustomerId", "Company Name", "account", "contact"),
		lookup("MasterId", "Master ID", "contact"),
		number("CreditLimit", "Credit Limit", kindMoney, 0, 100000000000, 2),
		flag("CreditOnHold", "Credit Hold", "No", "Yes"),
		choice("PaymentTermsCode", "Payment Terms", numbered("Net 30", "2% 10, Net 30", "Net 45", "Net 60")...),
		choice("AccountRoleCode", "Role", numbered("Decision Maker", "Employee", "Influencer")...),
	}
}

// address gives the columns of one of the addresses of a contact or account.
func address(n int) []*attribute {
	schema := func(name string) string { return fmt.Sprintf("Address%d_%s", n, name) }
	display := func(name string) string { return fmt.Sprintf("Address %d: %s", n, name) }
	line := func(name, label string, length int) *attribute { return text(schema(name), display(label), length) }
	return []*attribute{
		line("Name", "Name", 200), line("Line1", "Street 1", 250), line("Line2", "Street 2", 250), line("Line3", "Street 3", 250),
		line("City", "City", 80), line("StateOrProvince", "State/Province", 50), line("County", "County", 50),
		line("Country", "Country/Region", 80), line("PostalCode", "ZIP/Postal Code", 20),
		line("PostOfficeBox", "Post Office Box", 20), line("PrimaryContactName", "Primary Contact Name", 100),
		line("Telephone1", "Phone", 50), line("Telephone2", "Telephone 2", 50), line("Telephone3", "Telephone 3", 50),
		line("Fax", "Fax", 50), line("UPSZone", "UPS Zone", 4),
		choice(schema("AddressTypeCode"), display("Address Type"), numbered("Bill To", "Ship To", "Primary", "Other")...),
		choice(schema("FreightTermsCode"), display("Freight Terms"), numbered("FOB", "No Charge")...),
		choice(schema("ShippingMethodCode"), display("Shipping Method"),
			numbered("Airborne", "DHL", "FedEx", "UPS", "Postal Mail", "Full Load", "Will Call")...),
		number(schema("Latitude"), display("Latitude"), kindDouble, -90, 90, 5),
		number(schema("Longitude"), display("Longitude"), kindDouble, -180, 180, 5),
		integer(schema("UTCOffset"), display("UTC Offset"), -1500, 1500),
	}
}

// newAccountTable makes a small account table: what a contact's company lookup needs, and little
// more.
func newAccountTable() *table {
	t := newTable("account", "Account", "accounts", "Account", "Accounts", accountTypeCode)
	t.primaryName = "name"
	name := text("Name", "Account Name", 160)
	name.required = "ApplicationRequired"
	t.add(name, text("AccountNumber", "Account Number", 20), memo("Description", "Description", 2000),
		formatted("EMailAddress1", "Email", 100, "Email"), formatted("Telephone1", "Main Phone", 50, "Phone"),
		formatted("WebSiteURL", "Website", 200, "Url"),
		number("Revenue", "Annual Revenue", kindMoney, 0, 100000000000000, 2),
		number("CreditLimit", "Credit Limit", kindMoney, 0, 100000000000000, 2),
		integer("NumberOfEmployees", "Number of Employees", 0, 1000000000),
		flag("CreditOnHold", "Credit Hold", "No", "Yes"),
		choice("AccountCategoryCode", "Category", numbered("Preferred Customer", "Standard")...),
		lookup("PrimaryContactId", "Primary Contact", "contact"),
		lookup("ParentAccountId", "Parent Account", "account"),
	)
	t.add(address(1)...)
	t.add(t.systemColumns("Account")...)
	return t
}

// systemColumns gives what every table owned by users has.
func (t *table) systemColumns(schema string) []*attribute {
	id := computed(base(schema+"Id", t.display, kindID), func(t *table, row uint32) cell { return idValue(t.ids[row]) })
	id.required, id.readOnly = "SystemRequired", false // it may be given when a row is created
	version := base("VersionNumber", "Version Number", kindBigInt)
	state := base("StateCode", "Status", kindState)
	state.options, state.required = []optionItem{{0, "Active"}, {1, "Inactive"}}, "SystemRequired"
	state.withDefault(0)
	status := base("StatusCode", "Status Reason", kindStatus)
	status.options = []optionItem{{statusActive, "Active"}, {statusInactive, "Inactive"}}
	status.withDefault(statusActive)
	owner := lookup("OwnerId", "Owner", "systemuser")
	owner.required = "SystemRequired"
	return []*attribute{
		id, state, status,
		computed(dateTime("CreatedOn", "Created On"), func(t *table, row uint32) cell { return numValue(t.created[row]) }),
		computed(dateTime("ModifiedOn", "Modified On"), func(t *table, row uint32) cell { return numValue(t.modified[row]) }),
		computed(version, func(t *table, row uint32) cell { return numValue(t.versions[row]) }),
		computed(lookup("CreatedBy", "Created By", "systemuser"), func(*table, uint32) cell { return userValue(userApplication) }),
		computed(lookup("ModifiedBy", "Modified By", "systemuser"), func(t *table, row uint32) cell { return userValue(t.modifiedBy[row]) }),
		computed(owner, func(*table, uint32) cell { return userValue(userApplication) }),
		computed(lookup("OwningBusinessUnit", "Owning Business Unit", "businessunit"), owningUnit),
		lookup("TransactionCurrencyId", "Currency", "transactioncurrency"),
		dateTime("OverriddenCreatedOn", "Record Created On"),
		integer("ImportSequenceNumber", "Import Sequence Number", -maxInteger-1, maxInteger),
		integer("TimeZoneRuleVersionNumber", "Time Zone Rule Version Number", -1, maxInteger),
		integer("UTCConversionTimeZoneCode", "UTC Conversion Time Zone Code", -1, maxInteger),
	}
}

const fullNameLength = 160

// fullName is "First Last", by the default name format of an environment.
func fullName(t *table, row uint32) cell {
	name := ""
	for _, part := range [...]string{t.text("firstname", row), t.text("lastname", row)} {
		if name != "" && part != "" {
			name += " "
		}
		name += part
	}
	if r := []rune(name); len(r) > fullNameLength {
		name = string(r[:fullNameLength])
	}
	return textValue(name)
}
