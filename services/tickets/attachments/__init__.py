"""附件: the files of an appeal, from what the resident photographed to what shows that it was done."""
