from django.db import migrations


class Migration(migrations.Migration):
    # Nothing of the product ever wrote a row of it.
    dependencies = [("web", "0003_kept_answer_power")]

    operations = [migrations.DeleteModel(name="Work")]
