"""Values and rules of home nursing and health insurance, without any wire format."""
